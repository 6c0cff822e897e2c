import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageFile } from '../../config/package-file.js';

const service = z.looseObject({
  image: z.string(),
  build: z.string().optional(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  secrets: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.string()).default([]),
  networks: z.array(z.string()).default([]),
  restart: z.string(),
  mem_limit: z.string().optional(),
  stop_grace_period: z.string().optional(),
  logging: z.object({ driver: z.string(), options: z.record(z.string(), z.string()) }),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.looseObject({ test: z.array(z.string()).optional(), disable: z.boolean().optional() }).optional(),
});

const compose = z.looseObject({
  services: z.record(z.string(), service),
  volumes: z.record(z.string(), z.unknown()),
  networks: z.record(z.string(), z.unknown()).default({}),
  secrets: z.record(z.string(), z.object({ file: z.string() })),
});

export type Service = z.output<typeof service>;

/** `docker-compose.yml`, with its anchors and merges in place; what the engine would fill in is as it is written. */
export function readCompose(): z.output<typeof compose> & { readonly text: string } {
  const text = readFileSync(packageFile('docker-compose.yml'), 'utf8');
  return { ...compose.parse(parse(text, { merge: true })), text };
}

/** Whether the service goes on until it is stopped, rather than doing one thing and ending. */
export const isLongRunning = (of: Service): boolean => of.restart === 'unless-stopped';

/** One instruction of the Dockerfile. */
export interface Instruction {
  readonly stage: number;
  readonly name: string;
  readonly rest: string;
}

/** The Dockerfile's instructions, each on one line, without comments. */
export function readDockerfile(): Instruction[] {
  const text = readFileSync(packageFile('Dockerfile'), 'utf8');
  const lines = text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, '')
    .split('\n');
  let stage = -1;
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      if (name === 'FROM') stage += 1;
      return { stage, name, rest };
    });
}
