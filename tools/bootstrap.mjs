// Takes a fresh clone to a running command: install what is missing, build what changed, run. Nothing but Node ≥ 20 and npm is
// needed. The command `einlab` runs from its sources, with only the packages that it needs installed.
//
//   node tools/bootstrap.mjs install | build | start [ARGS] | test [ARGS] | einlab COMMAND [ARGS]
//
// Everything it says goes to standard error, so that standard output holds only what the command itself prints.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const windows = process.platform === 'win32';
const modules = join(root, 'node_modules');
const carriedNode = join(modules, 'node', 'bin', windows ? 'node.exe' : 'node');
const tests = /\.test(-d)?\.ts$/;

/** Prints one line about what happens now. */
function say(line) {
  process.stderr.write(`einlab: ${line}\n`);
}

/** Ends with one message and exit status 1. */
function fail(message) {
  say(message);
  process.exit(1);
}

/** Every workspace folder, `packages/*` and `apps/*`, as paths relative to the root. */
function workspaceFolders() {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group))
      .map((name) => `${group}/${name}`)
      .filter((folder) => existsSync(join(root, folder, 'package.json'))),
  );
}

/** All files below a folder, sorted, so that equal trees hash equally. */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** SHA-256 over names and contents. */
function hashFiles(paths, seed = '') {
  const hash = createHash('sha256').update(seed);
  for (const path of paths) hash.update(`\0${relative(root, path)}\0`).update(readFileSync(path));
  return hash.digest('hex');
}

/** Remembers that a step succeeded for these inputs; the file lies in node_modules, so deleting that folder forgets it. */
function memory(name) {
  const file = join(modules, `.einlab-${name}.json`);
  return {
    recall() {
      try {
        return JSON.parse(readFileSync(file, 'utf8')).key;
      } catch {
        return undefined; // absent or damaged: the step runs again
      }
    },
    store(key) {
      mkdirSync(modules, { recursive: true });
      writeFileSync(file, `${JSON.stringify({ key })}\n`);
    },
  };
}

/** The environment of every child: the carried Node first on the path, no telemetry. */
function environment(extra = {}) {
  return {
    ...process.env,
    PATH: [join(modules, '.bin'), process.env.PATH].filter(Boolean).join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    ...extra,
  };
}

/** Runs a step quietly, without input; what it printed is shown only when it fails. */
function runQuietly(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], shell: windows });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ ok: false, status: error.message, output }));
    child.on('close', (code, signal) => resolve({ ok: code === 0, status: signal ?? `exit status ${code}`, output }));
  });
}

/** The pnpm that package.json names, as `pnpm@VERSION`. */
function packageManager() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager;
}

/** Prints the end of what a failed step said. */
function showTail(output) {
  const lines = output.trimEnd().split('\n');
  process.stderr.write(`${lines.slice(-25).join('\n')}\n`);
}

/** What the command `einlab` needs: Node and its packages. Tools to build and test with come with the whole workspace. */
const forTheCommand = ['--prod', '--filter', '.', '--filter-prod', '@einlab/cli...'];

/**
 * How old each release is was asked when it was locked, and the lockfile holds its hash since then; asking the registry
 * again, one request a package, takes longer than the installation.
 */
const ageless = '--config.minimum-release-age=0';

/**
 * Installs the workspace, or of it what the command needs, unless this lockfile and these package.json files are already
 * installed.
 */
async function ensureInstalled(wanted = []) {
  const manifests = [root, ...workspaceFolders().map((folder) => join(root, folder))].map((folder) =>
    join(folder, 'package.json'),
  );
  const inputs = [...manifests, join(root, 'pnpm-lock.yaml'), join(root, 'pnpm-workspace.yaml')];
  const key = hashFiles(inputs, `${process.platform} ${process.arch}`);
  const whole = memory('install');
  // Where the whole workspace has been installed before, it stays whole: a part would take the rest away.
  const filters = whole.recall() === undefined ? wanted : [];
  const installed = filters.length === 0 ? whole : memory('install-for-the-command');
  if ([whole, installed].some((done) => done.recall() === key) && existsSync(carriedNode)) return;
  say('installing packages (the first time takes about a minute)');
  const started = Date.now();
  // CI=true keeps pnpm from asking questions; NODE_ENV=production would leave the tools out.
  const env = { ...process.env, CI: 'true', NODE_ENV: 'development' };
  const { ok, status, output } = await runQuietly(
    'npx',
    ['--yes', packageManager(), 'install', '--frozen-lockfile', ageless, ...filters],
    env,
  );
  if (!ok) {
    showTail(output);
    fail(
      `the installation failed (${status}). It needs npm and a package registry within reach; see the lines above, then run the command again.`,
    );
  }
  if (!existsSync(carriedNode)) {
    showTail(output);
    fail(
      `the installation left no Node at ${relative(root, carriedNode)}: the script of the npm package "node" did not run. Delete node_modules, then run the command again.`,
    );
  }
  installed.store(key);
  say(`installed in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** Builds every package, unless no source changed since the last build that succeeded. */
async function ensureBuilt() {
  const folders = workspaceFolders().filter((folder) => existsSync(join(root, folder, 'tsup.config.ts')));
  const sources = folders.flatMap((folder) => [
    ...filesBelow(join(root, folder, 'src')).filter((path) => !tests.test(path)),
    join(root, folder, 'package.json'),
    join(root, folder, 'tsconfig.json'),
    join(root, folder, 'tsup.config.ts'),
  ]);
  const shared = ['tsup.shared.ts', 'tsconfig.base.json', 'turbo.json', 'pnpm-lock.yaml'].map((name) =>
    join(root, name),
  );
  const key = hashFiles([...shared, ...sources]);
  const built = memory('build');
  if (built.recall() === key && folders.every((folder) => existsSync(join(root, folder, 'dist')))) return;
  say('building');
  const started = Date.now();
  const turbo = join(modules, 'turbo', 'bin', 'turbo');
  const flags = ['run', 'build', '--ui=stream', '--output-logs=errors-only', '--concurrency=2'];
  const { ok, status, output } = await runQuietly(carriedNode, [turbo, ...flags], environment());
  if (!ok) {
    process.stderr.write(output);
    fail(`the build failed (${status}); see the lines above.`);
  }
  built.store(key);
  say(`built in ${Math.round((Date.now() - started) / 1000)} s`);
}

/**
 * Runs a script under the carried Node with the terminal handed through, and ends as it ends.
 *
 * On a terminal Ctrl-C reaches the child by itself, since both belong to the foreground group; passing it on would make
 * it arrive twice. Elsewhere it is passed on, at most once a second. The shell that npm puts between does not pass signals
 * on at all: when it has gone, the child is asked to stop.
 */
function become(args, cwd) {
  const child = spawn(carriedNode, args, { cwd, env: environment(), stdio: 'inherit' });
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  let last = 0;
  const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    const handler = () => {
      if (signal === 'SIGINT' && (terminal || Date.now() - last < 1000)) return;
      last = Date.now();
      child.kill(signal);
    };
    process.on(signal, handler);
    return [signal, handler];
  });
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    child.kill('SIGINT');
  }, 500);
  if (process.env.npm_lifecycle_event === undefined) clearInterval(watch);
  child.on('error', (error) => fail(`could not start ${carriedNode}: ${error.message}`));
  child.on('exit', (code, signal) => {
    clearInterval(watch);
    for (const [name, handler] of handlers) process.off(name, handler);
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}

/** The folder the user stands in: npm moves to the package's root, and tells where it was called. */
function userFolder() {
  const ours = process.env.npm_package_json === join(root, 'package.json');
  return (ours && process.env.INIT_CWD) || process.cwd();
}

/** Runs `einlab` with these arguments from its sources, which the carried Node reads as they are: nothing needs to be built. */
async function runTheCommand(given) {
  // WebGPU in Node is an optional package, which comes with the whole workspace.
  await ensureInstalled(given.some((each) => each.endsWith('webgpu')) ? [] : forTheCommand);
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning'];
  become([...flags, join(root, 'apps', 'cli', 'src', 'main.ts'), ...given], userFolder());
}

const [command, ...args] = process.argv.slice(2);
const jobs = {
  install: () => ensureInstalled(),
  build: () => ensureInstalled().then(ensureBuilt),
  start: () => runTheCommand(['compare', ...args]),
  einlab: () => runTheCommand(args),
  test: () => jobs.build().then(() => become([join(modules, 'vitest', 'vitest.mjs'), 'run', ...args], root)),
};

if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Node ${process.versions.node} is too old; 20 or newer is needed.`);
if (!Object.hasOwn(jobs, command))
  fail(`unknown command ${JSON.stringify(command ?? '')}; expected one of ${Object.keys(jobs).join(', ')}.`);
await jobs[command]();
