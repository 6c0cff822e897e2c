import { afterAll } from 'vitest';
import { removeTemporaryDirectories } from './temporary-directory.js';

// Runs for each test file, where modules are loaded once for many of them.
afterAll(removeTemporaryDirectories);
