// Documentation is executed. Every ```ts block of the root documents, of each package's README and of docs/ is checked for
// types and run against the built packages; every relative link must lead to a file, and to a heading where it names one.
//
//   ```ts                    a program of its own
//   ```ts continued          goes on where the block before it in the same file ended
//   ```ts no-run: REASON     neither checked nor run; the reason is required
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { anchorsOf, codeBlocks, linksOf } from './lib/markdown.ts';
import { report } from './lib/report.ts';
import { withSandbox } from './lib/sandbox.ts';
import { filesBelow, root, workspacePackages } from './lib/workspace.ts';

/** A block ready to run: with the code of those it continues. */
interface Snippet {
  /** `docs/x.md:12`, where the block stands. */
  readonly place: string;
  readonly code: string;
  /** Later blocks go on from this one, so running the last of them runs this one too. */
  readonly continued: boolean;
}

/** The programs of one document, and what is wrong with how its blocks are marked. */
export function snippetsOf(
  path: string,
  text: string,
): { readonly snippets: readonly Snippet[]; readonly findings: readonly string[] } {
  const snippets: Snippet[] = [];
  const findings: string[] = [];
  for (const { language, note, code, line } of codeBlocks(text)) {
    if (language !== 'ts' && language !== 'typescript') continue;
    const place = `${path}:${line}`;
    const previous = snippets.at(-1);
    if (note.startsWith('no-run')) {
      if (!/^no-run: \S/.test(note))
        findings.push(`${place}: a block that is not run says why: \`\`\`ts no-run: REASON`);
    } else if (note === 'continued') {
      if (previous === undefined) findings.push(`${place}: this block continues, but no block stands before it`);
      else {
        snippets[snippets.length - 1] = { ...previous, continued: true };
        snippets.push({ place, code: previous.code + code, continued: false });
      }
    } else if (note === '') snippets.push({ place, code, continued: false });
    else findings.push(`${place}: unknown mark "${note}"; known are "continued" and "no-run: REASON"`);
  }
  return { snippets, findings };
}

/** What is wrong with the links of one document. `read` gives a file's text, undefined where there is none. */
export function linkFindings(
  path: string,
  text: string,
  read: (path: string) => string | undefined,
): readonly string[] {
  return linksOf(text).flatMap(({ target, line }) => {
    if (/^[a-z][a-z+.-]*:/i.test(target)) return [];
    const [file = '', anchor = ''] = target.split('#');
    const resolved = file === '' ? path : normalize(join(dirname(path), decodeURI(file)));
    const found = file === '' ? text : read(resolved);
    if (found === undefined) return [`${path}:${line}: the link ${target} leads nowhere`];
    if (anchor === '' || !resolved.endsWith('.md') || anchorsOf(found).has(anchor)) return [];
    return [`${path}:${line}: the link ${target} names no heading of ${resolved}`];
  });
}

/** Every document of the repository. */
function documents(): readonly string[] {
  return [
    ...readdirSync(root).filter((name) => name.endsWith('.md')),
    ...workspacePackages().map(({ folder }) => `${folder}/README.md`),
    ...filesBelow('docs', (path) => path.endsWith('.md')),
    ...filesBelow('examples', (path) => path.endsWith('.md')),
  ].filter((path) => existsSync(join(root, path)));
}

/** Type errors of the snippets, told by their places in the documents. */
function typeFindings(files: ReadonlyMap<string, Snippet>): readonly string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const base = ts.parseJsonConfigFileContent(config, ts.sys, root).options;
  const program = ts.createProgram([...files.keys()], {
    ...base,
    customConditions: [],
    isolatedDeclarations: false,
    declaration: false,
    noUnusedLocals: false,
    // As strict as `strict`, which is what a reader's project can be expected to have.
    noUncheckedIndexedAccess: false,
    exactOptionalPropertyTypes: false,
    preserveSymlinks: false,
  });
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const snippet = files.get(file?.fileName ?? '');
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${snippet?.place ?? file?.fileName}: line ${line} of the block: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

/** Runs one snippet in a folder of its own; the finding when it fails. */
function runSnippet(file: string, { place }: Snippet): readonly string[] {
  const result = spawnSync(process.execPath, [file], { cwd: dirname(file), encoding: 'utf8', timeout: 120_000 });
  if (result.status === 0) return [];
  const reason = result.error?.message ?? `exit status ${result.status ?? result.signal}`;
  return [`${place}: the block does not run (${reason})\n${result.stderr.trim().split('\n').slice(0, 12).join('\n')}`];
}

/** Runs the check over the repository. */
async function main(): Promise<void> {
  const findings: string[] = [];
  const snippets: Snippet[] = [];
  const paths = documents();
  const read = (path: string): string | undefined => {
    if (!existsSync(join(root, path))) return undefined;
    return path.endsWith('.md') ? readFileSync(join(root, path), 'utf8') : '';
  };
  for (const path of paths) {
    const text = read(path) ?? '';
    const found = snippetsOf(path, text);
    snippets.push(...found.snippets);
    findings.push(...found.findings, ...linkFindings(path, text, read));
  }
  await withSandbox((folder) => {
    const files = new Map(
      snippets.map((snippet, index) => {
        const own = join(folder, `${index}-${snippet.place.replace(/[^\w]+/g, '-')}`);
        mkdirSync(own);
        const file = join(own, 'main.ts');
        writeFileSync(file, `${snippet.code}export {};\n`);
        return [file, snippet];
      }),
    );
    findings.push(...typeFindings(files));
    for (const [file, snippet] of files) if (!snippet.continued) findings.push(...runSnippet(file, snippet));
  });
  report('docs', findings, `${paths.length} documents, ${snippets.length} blocks`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
