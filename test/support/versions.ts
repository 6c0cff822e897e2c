import { newToken } from '../../clickhouse/names.js';
import type { ActivityHarness } from './activity-harness.js';

export interface Version {
  readonly day: string;
  readonly template?: string;
  /** Of the snapshot; a greater one is later. */
  readonly version: number;
  /** The later of two of one version has the greater one. Default 0, as what workers of before accepted. */
  readonly snapshot?: number;
  /** Rows of metric `m`, teams 1 to `rows`, all of this value. Default 1. */
  readonly rows?: number;
  readonly value?: number;
  readonly metric?: string;
  /** Also a state for each row, of so many ids. Default: none. */
  readonly ids?: number;
  /** Name of these states. Default: the metric's. */
  readonly state?: string;
}

/** Appends what an accepted computation appends, without computing it: rows, marker and ledger row, and states before them. */
export async function appendVersion(harness: ActivityHarness, of: Version): Promise<void> {
  const {
    day,
    template = 'a',
    version,
    rows = 1,
    value = version,
    metric = 'm',
    ids,
    state = metric,
    snapshot = 0,
  } = of;
  const params = { day, template, version, rows, value, metric, ids, state, snapshot, token: newToken() };
  if (ids !== undefined) {
    await harness.command(
      `INSERT INTO llma_metrics_states_versions (date, team_id, metric_name, digest, sketch, template, version, run, rows)
       SELECT {day:Date}, team, if(team = 0, '', {state:String}),
         CAST(quantilesTDigestStateIf(0.5, 0.9, 0.95, 0.99)(1., false), 'String'), CAST(uniqCombined64StateIf(13)(toString(id), team > 0), 'String'), {template:String},
         {version:UInt64}, cityHash64({token:String}, {day:Date}, {template:String}), if(team = 0, {rows:UInt64}, 0)
       FROM (SELECT t.number AS team, i.number AS id FROM numbers({rows:UInt64} + 1) AS t CROSS JOIN numbers({ids:UInt64}) AS i)
       GROUP BY team`,
      params,
    );
  }
  await harness.command(
    `INSERT INTO llma_partition_runs (date, status, token, version, rows, source_rows, templates, template_rows)
     SELECT {day:Date}, 'computed', {token:String}, {version:UInt64}, {rows:UInt64}, {version:UInt64},
       map({template:String}, concat('hash ', toString({version:UInt64}))), map({template:String}, {rows:UInt64})`,
    params,
  );
  await harness.command(
    `INSERT INTO llma_metrics_versions (date, team_id, metric_name, metric_value, template, version, snapshot, run)
     SELECT {day:Date}, if(number = 0, 0, number), if(number = 0, '', {metric:String}), if(number = 0, {rows:UInt64}, {value:Float64}),
       {template:String}, {version:UInt64}, if(number = 0, {snapshot:UInt64}, 0), cityHash64({token:String}, {day:Date}, {template:String})
     FROM numbers({rows:UInt64} + 1)`,
    params,
  );
}
