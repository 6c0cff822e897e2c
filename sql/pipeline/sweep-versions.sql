-- By the runs' own numbers: a replicated table takes no subquery and no clock in a DELETE. A superseded run never becomes current again.
DELETE FROM {{ swept }}
WHERE toYYYYMM(date) = {month:UInt32} AND has({runs:Array(UInt64)}, run)
