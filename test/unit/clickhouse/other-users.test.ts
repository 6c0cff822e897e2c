import { expect, test } from 'vitest';
import { OtherUsers, type Look } from '../../../clickhouse/other-users.js';

const SECOND = 1_000_000;

/** Others who take half a processor from the second look on, on a server of eight threads. */
function looks(...answers: (() => Promise<readonly Look[]>)[]) {
  let asked = 0;
  const ask = async () => await (answers[asked++] ?? answers.at(-1)!)();
  return { others: new OtherUsers(ask), asked: () => asked };
}
const seen = (seconds: number, busySeconds: number) => async () =>
  await Promise.resolve([{ busy: String(busySeconds * SECOND), at: String(seconds * SECOND), threads: 8 }]);
const never = async () => await new Promise<never>(() => undefined);

test('a small statement costs no look while nobody is there', async () => {
  const { others, asked } = looks(seen(1, 0));
  expect([await others.statements(), await others.threads(), await others.statements()]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(asked()).toBe(1);
});

test('others at work leave half of the threads, and of the statements, and a look stands for a while', async () => {
  const { others, asked } = looks(seen(1, 0), seen(2, 0.5));
  await others.threads();
  await expect.poll(() => others.threads()).toBe(4);
  expect([await others.statements(), await others.statements(), await others.statements()]).toEqual([4, 4, 4]);
  expect(asked()).toBe(2);
});

test('a look that gets no answer says what the one before it said, and keeps nothing waiting for long', async () => {
  const { others, asked } = looks(seen(1, 0), seen(2, 0.5), never);
  await others.threads();
  await expect.poll(() => others.threads()).toBe(4);
  let threads: number | undefined;
  await expect
    .poll(
      async () => {
        threads = await others.threads();
        return asked();
      },
      { timeout: 20_000 },
    )
    .toBe(3);
  expect([threads, await others.statements()]).toEqual([4, 4]);
}, 30_000);

test('a look that fails is asked again', async () => {
  const away = async () => await Promise.reject(new Error('ECONNREFUSED'));
  const { others } = looks(seen(1, 0), seen(2, 0.5), away, seen(3, 1));
  await others.threads();
  await expect.poll(() => others.threads()).toBe(4);
  await expect.poll(() => others.threads().catch(String), { interval: 20 }).toBe('Error: ECONNREFUSED');
  await expect.poll(() => others.threads()).toBe(4);
});
