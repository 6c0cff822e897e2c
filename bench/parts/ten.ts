/** The job with the original's ten metrics and nothing else: what reference/seed-way/ computes, of decoded events. */
import { withTemplates, type TemplateFolder } from '../bench-templates.js';
import type { Part } from '../part.js';
import { SIZES } from '../sizes.js';
import { medianRatio } from '../statistics.js';
import { judge, type TargetName } from '../targets.js';
import { measureJobs } from './job.js';

export const tenPart = partOf('ten', 'each a template of its own', 'tenJob');
export const onePart = partOf('one', 'in one template, which groups the events once', 'oneJob');

function partOf(folder: TemplateFolder, how: string, target: TargetName): Part {
  return {
    about: `whole backfills with the original's ten metrics alone, ${how}`,
    sizes: ['LARGE', 'XL'],
    measure: (context) =>
      withTemplates(folder, async (directory) => {
        const ground = await context.open({ size: SIZES[context.size], environment: { LLMA_SQL_DIR: directory } });
        // Its worker looks at the files for as long as it runs.
        const { measured, tables, series } = await measureJobs(ground, context).finally(() => ground.close());
        const ms = measured.jobs.map((one) => one.ms);
        const targets = context.size === 'LARGE' ? [judge(target, medianRatio(ms, measured.decode.ms))] : [];
        return { tables, series, targets };
      }),
  };
}
