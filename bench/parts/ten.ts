/** The job with the original's ten metrics and nothing else: what reference/seed-way/ computes, as ten templates of decoded events. */
import type { Part } from '../part.js';
import { SIZES } from '../sizes.js';
import { medianRatio } from '../statistics.js';
import { judge } from '../targets.js';
import { withTenTemplates } from '../ten-templates.js';
import { measureJobs } from './job.js';

export const tenPart: Part = {
  about: "whole backfills with the original's ten metrics alone, each a template of its own",
  sizes: ['LARGE', 'XL'],
  measure: (context) =>
    withTenTemplates(async (directory) => {
      const ground = await context.open({ size: SIZES[context.size], environment: { LLMA_SQL_DIR: directory } });
      // Its worker looks at the files for as long as it runs.
      const { measured, tables, series } = await measureJobs(ground, context).finally(() => ground.close());
      const ms = measured.jobs.map((one) => one.ms);
      const targets = context.size === 'LARGE' ? [judge('tenJob', medianRatio(ms, measured.decode.ms))] : [];
      return { tables, series, targets };
    }),
};
