import { readFile } from "node:fs/promises";
import { Language, Parser } from "web-tree-sitter";

const GRAMMAR_PATH = require.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm");

/** A part of a PowerShell script. */
export interface PowerShellNode {
  readonly type: string;
  readonly text: string;
  readonly line: number;
  /** Whether the grammar had to guess here. */
  readonly isWrong: boolean;
}

/**
 * Takes a PowerShell script apart with a grammar that was made for editors, where there is no
 * PowerShell to ask.
 *
 * @returns all nodes, outer ones first
 */
export async function parsePowerShell(script: string): Promise<PowerShellNode[]> {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(Uint8Array.from(await readFile(GRAMMAR_PATH))));
  const tree = parser.parse(script);
  const nodes: PowerShellNode[] = [];
  const visit = (node: NonNullable<typeof tree>["rootNode"]): void => {
    const { type, text, startPosition, isError, isMissing } = node;
    nodes.push({ type, text, line: startPosition.row + 1, isWrong: isError || isMissing });
    node.children.forEach(visit);
  };
  if (tree !== null) {
    visit(tree.rootNode);
  }
  return nodes;
}
