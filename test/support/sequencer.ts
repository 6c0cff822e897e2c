import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Folders of `test/`, the ones with the longest files first. */
const ORDER = ['e2e', 'chaos', 'activities', 'workflows', 'replay', 'sql', 'bench', 'bad-input', 'unit'];

/** Long files first: begun last, one of them would work alone while the other processors wait. Within a folder as vitest has it. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const root = this.ctx.config.root;
    const rank = ({ moduleId }: TestSpecification) => ORDER.indexOf(relative(root, moduleId).split('/')[1] ?? '');
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}
