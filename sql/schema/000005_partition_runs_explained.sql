-- What the ledger says beside the numbers: who found what, who overrode it and why, and with which settings it succeeded.
ALTER TABLE {{ ledger }} {{ on_cluster }}
    ADD COLUMN IF NOT EXISTS teams UInt64 COMMENT 'teams that had events',
    ADD COLUMN IF NOT EXISTS not_understood UInt64 COMMENT 'events with a property that the source could not read',
    ADD COLUMN IF NOT EXISTS audits Array(Tuple(audit String, level String, message String)) COMMENT 'what audits found: blocking, or warning',
    ADD COLUMN IF NOT EXISTS reason String COMMENT 'of whoever overrode an audit or the retention guard',
    ADD COLUMN IF NOT EXISTS settings Map(String, String) COMMENT 'of the query that read the source, where they are ours'
