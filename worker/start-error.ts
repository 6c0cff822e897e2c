/** Why a process of ours can't start: a sentence for people, with the remedy. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
