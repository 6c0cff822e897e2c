import { EVENT_TYPES } from './harness.js';

/** A row of the original's table `events`. */
export interface Delivery {
  readonly uuid: string;
  readonly event: string;
  /** JSON, or what somebody took for it. */
  readonly properties: string;
  readonly timestamp: string;
  readonly team_id: number;
  readonly distinct_id: string;
  readonly created_at: string;
}

/** Values by `day team metric`. */
export type Metrics = Map<string, number>;

/** An event as docs/metrics.md reads it. Undefined: not reported. */
interface Event {
  readonly day: string;
  readonly team: number;
  readonly kind: string;
  readonly ids: Readonly<Record<'trace' | 'session' | 'user' | 'model' | 'tool', string>>;
  readonly failed: boolean;
  readonly sums: Readonly<Record<string, number | undefined>>;
  readonly seconds: number | undefined;
}

/** Every metric that is shipped, computed from the raw events with nothing of sql/: as docs/metrics.md says it. */
export function expectedMetrics(deliveries: readonly Delivery[]): Metrics {
  const events = lastDeliveries(deliveries).map(read);
  const metrics: Metrics = new Map();
  const put = (group: string, of: Readonly<Record<string, number | undefined>>) => {
    for (const [name, value] of Object.entries(of)) if (value !== undefined) metrics.set(`${group}${name}`, value);
  };
  for (const [group, of] of grouped(events, ({ day, team, kind }) => `${day} ${team} ${kind}`)) {
    put(group, { ...counts(of), ...sums(of), ...latencies(of), ...distinct(of) });
  }
  for (const [group, of] of grouped(events, ({ day, team }) => `${day} ${team} `)) put(group, across(of));
  return metrics;
}

/** Every row of llma_metrics_daily_by, by `day team metric dimension "value"`, computed in the same way. */
export function expectedBy(deliveries: readonly Delivery[]): Metrics {
  const events = lastDeliveries(deliveries).map(read);
  const rows: Metrics = new Map();
  for (const [group, of] of grouped(events, ({ day, team, kind }) => `${day} ${team} ${kind}`)) {
    for (const dimension of ['model', 'tool'] as const) {
      for (const [name, value] of callsBy(of, dimension)) rows.set(`${group}${name}`, value);
    }
  }
  return rows;
}

/** The hundred names with most calls, of as many calls the first ones by their bytes, and all others as one. */
function callsBy(events: readonly Event[], dimension: 'model' | 'tool'): Metrics {
  const named = grouped(events, ({ ids }) => [...ids[dimension]].slice(0, 200).join(''));
  named.delete('');
  const order = [...named].sort(
    ([a, of], [b, other]) => other.length - of.length || Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  const rows: Metrics = new Map();
  const add = (name: string, count: number) => count > 0 && rows.set(name, (rows.get(name) ?? 0) + count);
  for (const [place, [name, of]] of order.entries()) {
    const shown = `${dimension} ${JSON.stringify(place < 100 ? name : '')}`;
    add(`_count ${shown}`, of.length);
    add(`_error_count ${shown}`, of.filter(({ failed }) => failed).length);
  }
  return rows;
}

/** What differs, in words: counts and tokens must be the same, what has a fraction within 1e-9 of it. */
export function differences(found: Metrics, expected: Metrics): string[] {
  const names = [...new Set([...found.keys(), ...expected.keys()])].sort();
  return names.flatMap((name) => {
    const [is, should] = [found.get(name), expected.get(name)];
    const least = /_(cost_usd|rate|latency_(p\d\d|mean|sum))$/.test(name) ? 1e-9 * Math.abs(should ?? 0) : 0;
    const same = is !== undefined && should !== undefined && Math.abs(is - should) <= least;
    return same ? [] : [`${name} is ${is}, expected ${should}`];
  });
}

function lastDeliveries(deliveries: readonly Delivery[]): Delivery[] {
  const last = new Map<string, Delivery>();
  for (const delivery of [...deliveries].sort((a, b) => (a.created_at < b.created_at ? -1 : 1))) {
    const { timestamp, team_id, event, uuid } = delivery;
    if (team_id < 0 || !(EVENT_TYPES as readonly string[]).includes(event)) continue;
    last.set([timestamp.slice(0, 10), team_id, event, uuid].join(), delivery);
  }
  return [...last.values()];
}

function read({ event, properties, timestamp, team_id, distinct_id }: Delivery): Event {
  const p = parsed(properties);
  const tokens = (name: string) => {
    const value = number(p[`$ai_${name}`]);
    return value !== undefined && value >= 0 ? Math.trunc(value) : undefined;
  };
  const [input, output] = [tokens('input_tokens'), tokens('output_tokens')];
  const both = input === undefined && output === undefined ? undefined : (input ?? 0) + (output ?? 0);
  return {
    day: timestamp.slice(0, 10),
    team: team_id,
    kind: event.slice(1),
    ids: {
      ...{ trace: id(p['$ai_trace_id']), session: id(p['$ai_session_id']), user: distinct_id },
      ...{ model: id(p['$ai_model']), tool: id(p['$ai_tool_name']) },
    },
    failed: saysError(p['$ai_is_error']) || hasError(p['$ai_error']),
    sums: {
      _input_tokens: input,
      _output_tokens: output,
      _total_tokens: tokens('total_tokens') ?? both,
      _cached_input_tokens: tokens('cache_read_input_tokens'),
      _cache_write_tokens: tokens('cache_creation_input_tokens'),
      _reasoning_tokens: tokens('reasoning_tokens'),
      _cost_usd: number(p['$ai_total_cost_usd']),
    },
    seconds: number(p['$ai_latency']),
  };
}

function parsed(properties: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(properties) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

function number(value: unknown): number | undefined {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?(e\d+)?$/.test(value));
  return isNumber && Math.abs(Number(value)) < 2 ** 53 ? Number(value) : undefined;
}

function id(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function saysError(value: unknown): boolean {
  return ['true', '1'].includes(String(value).toLowerCase());
}

function hasError(value: unknown): boolean {
  if (typeof value === 'string') return !['', 'null', 'false', '0', '{}', '[]'].includes(value.trim().toLowerCase());
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

function counts(events: readonly Event[]) {
  const failed = events.filter((event) => event.failed).length;
  return { _count: events.length, _error_count: positive(failed), _error_rate: percent(failed, events.length) };
}

function sums(events: readonly Event[]): Record<string, number | undefined> {
  const names = Object.keys(events[0]?.sums ?? {});
  return Object.fromEntries(names.map((name) => [name, sum(events.map((event) => event.sums[name]))]));
}

function latencies(events: readonly Event[]) {
  const seconds = events
    .flatMap((event) => ((event.seconds ?? 0) > 0 ? [event.seconds ?? 0] : []))
    .sort((a, b) => a - b);
  const n = seconds.length;
  const total = sum(seconds);
  return {
    _latency_count: positive(n),
    _latency_sum: total,
    _latency_mean: total === undefined ? undefined : total / n,
    _latency_p50: seconds[Math.floor(n * 0.5)],
    _latency_p95: seconds[Math.floor(n * 0.95)],
    _latency_p99: seconds[Math.floor(n * 0.99)],
  };
}

function distinct(events: readonly Event[]) {
  const ids = (of: keyof Event['ids']) => positive(distinctIds(events, of));
  return {
    ...{ _traces: ids('trace'), _sessions: ids('session'), _users: ids('user') },
    ...{ _models: ids('model'), _tools: ids('tool') },
  };
}

function across(events: readonly Event[]) {
  const traces = distinctIds(events, 'trace');
  const failed = distinctIds(
    events.filter((event) => event.failed),
    'trace',
  );
  return {
    ai_trace_id_count: positive(traces),
    ai_session_id_count: positive(distinctIds(events, 'session')),
    ai_user_id_count: positive(distinctIds(events, 'user')),
    ai_trace_id_has_error_count: positive(failed),
    ai_trace_id_has_error_rate: percent(failed, traces),
  };
}

function distinctIds(events: readonly Event[], of: keyof Event['ids']): number {
  return new Set(events.map(({ ids }) => ids[of]).filter((text) => text !== '')).size;
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  const reported = values.filter((value) => value !== undefined);
  return reported.length === 0 ? undefined : reported.reduce((total, value) => total + value, 0);
}

function positive(count: number): number | undefined {
  return count > 0 ? count : undefined;
}

/** With two digits; a half goes to the even digit, as ClickHouse rounds. */
function percent(part: number, whole: number): number | undefined {
  if (whole === 0) return undefined;
  const hundredths = ((100 * part) / whole) * 100;
  const below = Math.floor(hundredths);
  const half = hundredths - below === 0.5;
  return (half ? below + (below % 2) : Math.round(hundredths)) / 100;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item)) ?? [];
    group.push(item);
    groups.set(keyOf(item), group);
  }
  return groups;
}
