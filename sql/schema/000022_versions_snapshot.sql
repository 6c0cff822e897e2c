-- Which of two computations of one version is the later one: while the clock is behind what a day has, several get the same.
ALTER TABLE {{ versions }} {{ on_cluster }}
    ADD COLUMN IF NOT EXISTS snapshot UInt64 DEFAULT 0 COMMENT 'of a marker: clock just before the source was read, in microseconds; 0 in rows, and of workers of before'
