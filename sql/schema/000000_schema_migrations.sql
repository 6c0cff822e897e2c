-- Which migrations have run, with the checksum of each file. Two migrators at once may both record one: harmless.
CREATE TABLE IF NOT EXISTS {{ migrations }} {{ on_cluster }}
(
    number UInt32,
    name String,
    checksum String,
    applied_at DateTime64(6, 'UTC')
)
ENGINE = {{ engine }}
ORDER BY (number, applied_at)
