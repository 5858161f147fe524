import { EinlabError, evaluate, isTensor, mapTree, type Tensor, treeEntries } from '@einlab/einsum-core';
import { type FileSource, openSafetensors, type SafetensorsEntry, type SafetensorsFile } from '@einlab/nn';

/** How the tensors of a file are found. */
export interface WeightOptions {
  /** What to call the file in errors. */
  readonly source: string;
  /** Other names that stand for a parameter, in the order in which they are tried. */
  readonly aliases?: Readonly<Record<string, readonly string[]>>;
  /** Tensors that a file may hold and that no model of the family has. */
  readonly ignored?: (name: string) => boolean;
}

const floats: ReadonlySet<string> = new Set(['F32', 'F16', 'BF16', 'F64']);

/**
 * The parameters of a model from a safetensors file, kept on the default device.
 *
 * Every name, shape and element type is compared with the template before a single value is read.
 *
 * @param template - a tree of the wanted shapes whose path names are those of the file, such as `makeBolt(templateMaker, config)`
 * @param from - a path, an address, a `Blob`, or the bytes
 * @returns the same tree; F16, BF16 and F64 become f32
 * @throws {EinlabError} `file`, naming the tensor that is missing, cut off, of another shape or type, or left over
 */
export async function loadWeights<Parameters>(
  template: Parameters,
  from: FileSource,
  options: WeightOptions,
): Promise<Parameters> {
  await using file = await openSafetensors(from);
  const names = matchEntries(template, file, options);
  const tensors = new Map<string, Tensor>();
  for (const [path, name] of names) tensors.set(path, await file.read(name));
  return evaluate(mapTree<Parameters>(template, (leaf, path) => (isTensor(leaf) ? tensors.get(path) : leaf)));
}

/** Which entry of the file belongs to which parameter. */
function matchEntries(template: unknown, file: SafetensorsFile, options: WeightOptions): ReadonlyMap<string, string> {
  const { source, aliases = {}, ignored = () => false } = options;
  const entries = new Map(file.entries.map((entry): [string, SafetensorsEntry] => [entry.name, entry]));
  const left = new Set(entries.keys());
  const names = new Map<string, string>();
  for (const [path, leaf] of treeEntries(template)) {
    if (!isTensor(leaf)) continue;
    const candidates = [path, ...(aliases[path] ?? [])];
    const name = candidates.find((candidate) => entries.has(candidate));
    const entry = name === undefined ? undefined : entries.get(name);
    const expected = `f32[${leaf.shape.join(', ')}]`;
    if (name === undefined || entry === undefined) {
      throw fault(source, path, `is missing; the configuration asks for ${expected}`);
    }
    if (!floats.has(entry.type)) throw fault(source, name, `is ${entry.type}; expected F32, F16, BF16 or F64`);
    if (entry.shape.join() !== leaf.shape.join()) {
      throw fault(source, name, `is [${entry.shape.join(', ')}]; the configuration asks for ${expected}`);
    }
    names.set(path, name);
    for (const candidate of candidates) left.delete(candidate);
  }
  for (const name of left) {
    if (!ignored(name)) throw fault(source, name, 'belongs to no parameter of the configured model');
  }
  return names;
}

const fault = (source: string, name: string, message: string): EinlabError =>
  new EinlabError('file', `${source}: tensor "${name}" ${message}`, { source, name });
