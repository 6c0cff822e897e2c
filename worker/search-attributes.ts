import { SEARCH_ATTRIBUTE } from '../workflows/plan/names.js';

const ALL = Object.values(SEARCH_ATTRIBUTE);

/** Of `IndexedValueType`, as the server numbers them. */
const TYPE_NUMBER: Readonly<Record<(typeof ALL)[number]['type'], number>> = { Keyword: 2, Int: 3, KeywordList: 7 };

/** What is wrong with our search attributes in a namespace, with the command that registers them; empty when all are there. */
export async function searchAttributeProblems(connection: OperatorConnection, namespace: string): Promise<string[]> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  return ALL.flatMap(({ name, type }) => {
    const found = customAttributes?.[name];
    if (found === TYPE_NUMBER[type]) return [];
    const what = found === undefined ? 'is not registered' : 'is registered with another type';
    return [
      `search attribute ${name} (${type}) ${what} in namespace ${namespace}: run "${registerCommand(namespace, [{ name, type }])}"`,
    ];
  });
}

/** What of a connection the check needs: both the client's and the worker's have it. */
export interface OperatorConnection {
  readonly operatorService: {
    listSearchAttributes(request: { namespace: string }): Promise<{ customAttributes?: Record<string, number> | null }>;
  };
}

/** The command of Temporal's own tool that registers search attributes. */
export function registerCommand(
  namespace: string,
  attributes: readonly { name: string; type: string }[] = ALL,
): string {
  const options = attributes.map(({ name, type }) => `--name ${name} --type ${type}`).join(' ');
  return `temporal operator search-attribute create --namespace ${namespace} ${options}`;
}
