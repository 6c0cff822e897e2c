/** A line of EXPLAIN AST, one node: its indent, kind, name and alias. */
export const NODE = /^( *)(\w+)(?: (.*?))?(?: \(alias (.*)\))?(?: \(children \d+\))?$/;
