/** Settings by which an INSERT … SELECT writes one block, and so one part: it is there wholly or not at all, on every replica. */
export const ONE_BLOCK = {
  max_insert_threads: '1',
  min_insert_block_size_rows: '1000000000',
  min_insert_block_size_bytes: '0',
} as const;
