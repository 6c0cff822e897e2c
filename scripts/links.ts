import { connect } from 'node:net';
import type { Settings } from '../config/settings.js';
import type { Temporal } from './connect.js';

/** Where `llma up` and `temporal server start-dev` serve the UI unless told otherwise. */
const DEFAULT_UI = { temporalPort: '7233', uiPort: 8233 };

/** A page of the Temporal UI about one run; undefined when we don't know of a UI. */
export async function uiLink(settings: Settings, temporal: Temporal, workflowId: string): Promise<string | undefined> {
  const base = await uiUrl(settings, temporal);
  if (base === undefined) return undefined;
  return `${base}/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(workflowId)}`;
}

async function uiUrl({ temporalEnvironment }: Settings, { address }: Temporal): Promise<string | undefined> {
  const told = temporalEnvironment['TEMPORAL_UI_URL'];
  if (told) return told.replace(/\/+$/, '');
  const [host = '', port] = address.split(':');
  const local = ['localhost', '127.0.0.1'].includes(host) && port === DEFAULT_UI.temporalPort;
  return local && (await isOpen(DEFAULT_UI.uiPort)) ? `http://127.0.0.1:${DEFAULT_UI.uiPort}` : undefined;
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 300 });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });
}
