// The public names of every package, frozen: tools/exports/NAME.txt lists what each entry exports, and a change of it is
// a change of the interface that somebody has to want. `--update` writes the files anew. Also asks every exported symbol
// for its doc comment.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { report } from './lib/report.ts';
import { entriesOf, root, workspacePackages } from './lib/workspace.ts';

const folder = join(root, 'tools/exports');
const update = process.argv.includes('--update');

/** One exported name, with what it stands for after the alias is followed. */
interface Exported {
  readonly name: string;
  readonly kind: 'value' | 'type' | 'value+type';
  readonly documented: boolean;
}

/** The compiler options of the workspace, for a program over the sources of all packages. */
function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, root).options;
}

/** Has the symbol a doc comment, at any of its declarations or on the statement that declares it? */
function isDocumented(symbol: ts.Symbol, checker: ts.TypeChecker): boolean {
  if (symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags(checker).length > 0) return true;
  // `export * as name from …` keeps its comment on the statement, where the checker does not look
  return (symbol.declarations ?? []).some(({ parent }) => {
    if (parent === undefined || !ts.isExportDeclaration(parent)) return false;
    const text = parent.getSourceFile().text;
    const comments = ts.getLeadingCommentRanges(text, parent.getFullStart()) ?? [];
    return text.startsWith('/**', comments.at(-1)?.pos ?? text.length);
  });
}

/** What one source file exports, sorted by name. */
function exportsOf(program: ts.Program, path: string): readonly Exported[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(path);
  const symbol = source && checker.getSymbolAtLocation(source);
  if (symbol === undefined) return [];
  return checker
    .getExportsOfModule(symbol)
    .map((each) => {
      const target = each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each;
      const value = (target.flags & ts.SymbolFlags.Value) !== 0 && !isTypeOnly(each);
      const type = (target.flags & ts.SymbolFlags.Type) !== 0;
      const kind = value && type ? 'value+type' : value ? 'value' : 'type';
      return {
        name: each.name,
        kind,
        documented: isDocumented(target, checker) || isDocumented(each, checker),
      } as const;
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Is the symbol exported by `export type { … }`, which hides the value behind it? */
function isTypeOnly(symbol: ts.Symbol): boolean {
  return (symbol.declarations ?? []).some((declaration) => ts.isTypeOnlyExportDeclaration(declaration));
}

/** The lines that only one of two texts has, marked `+` and `-`. */
function difference(before: string, after: string): readonly string[] {
  const [old, now] = [before.split('\n'), after.split('\n')];
  return [
    ...now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`),
    ...old.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
  ];
}

const entries = workspacePackages()
  .filter((pkg) => pkg.manifest.private !== true)
  .flatMap((pkg) =>
    entriesOf(pkg).map(({ name, source }) => ({ file: `${pkg.short}${name.slice(1).replace('/', '.')}.txt`, source })),
  );
const program = ts.createProgram(
  entries.map(({ source }) => join(root, source)),
  compilerOptions(),
);
const findings: string[] = [];
let total = 0;
mkdirSync(folder, { recursive: true });
for (const { file, source } of entries) {
  if (!existsSync(join(root, source))) {
    findings.push(`${source}: package.json exports this file, but it does not exist`);
    continue;
  }
  const exported = exportsOf(program, join(root, source));
  total += exported.length;
  for (const { name, documented } of exported)
    if (!documented) findings.push(`${source}: "${name}" has no doc comment`);
  const text = exported.map(({ name, kind }) => `${name}  ${kind}\n`).join('');
  const path = join(folder, file);
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (update) writeFileSync(path, text);
  else if (before !== text) {
    findings.push(
      `${source}: exports differ from tools/exports/${file}; if that is meant, run pnpm check:exports --update`,
    );
    for (const line of difference(before, text)) findings.push(`  ${line}`);
  }
}
for (const stale of readdirSync(folder).filter((name) => !entries.some(({ file }) => file === name))) {
  if (update) rmSync(join(folder, stale));
  else findings.push(`tools/exports/${stale}: no package has this entry`);
}
report('exports', findings, `${entries.length} entries, ${total} names`);
