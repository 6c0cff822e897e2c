import { expect, test } from 'vitest';
import { cpuSeconds, peakBytes, residentBytes, secondsOf } from '../../../bench/processes.js';

test('the time that ps prints, on Linux and on macOS', () => {
  expect(['00:01', '01:02:03', '2-00:00:10', '  0:07.25', '125:00.00'].map(secondsOf)).toEqual([
    ...[1, 3723, 172_810, 7.25, 7500],
  ]);
  expect(secondsOf('')).toBeNaN();
});

test('a process that works takes processor time and memory; one that is not there takes nothing that can be told', async () => {
  const end = performance.now() + 50;
  while (performance.now() < end);
  expect(await cpuSeconds(process.pid)).toBeGreaterThan(0.02);
  const resident = await residentBytes(process.pid);
  expect(resident).toBeGreaterThan(10_000_000);
  expect(await peakBytes(process.pid)).toBeGreaterThan(resident * 0.5);
  expect([await cpuSeconds(999_999_999), await residentBytes(999_999_999)]).toEqual([NaN, NaN]);
});
