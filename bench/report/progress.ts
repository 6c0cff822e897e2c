/** Says what is done now: one line that is overwritten on a terminal, lines elsewhere. */
export interface Progress {
  readonly say: (line: string) => void;
  /** Clears the line, before a result is printed. */
  readonly clear: () => void;
}

/** @param stream where people look while they wait: standard error */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  const began = Date.now();
  const stamp = () => `[${String(Math.round((Date.now() - began) / 1000)).padStart(5)} s]`;
  if (!stream.isTTY) return { say: (line) => void stream.write(`${stamp()} ${line}\n`), clear: () => undefined };
  return {
    say: (line) => void stream.write(`\r\u001b[K${stamp()} ${line}`.slice(0, (stream.columns ?? 120) + 4)),
    clear: () => void stream.write('\r\u001b[K'),
  };
}
