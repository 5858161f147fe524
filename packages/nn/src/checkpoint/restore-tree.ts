import { EinlabError, isTensor, mapTree, type Tensor } from '@einlab/einsum-core';

/**
 * A tree with its tensors replaced by those of a file, by name. Nothing is replaced unless everything fits.
 *
 * @param template - a tree of the wanted names, shapes and types; a model that was just initialized
 * @param tensors - by name, as `loadSafetensors` gives them; names outside `prefix` are ignored
 * @param prefix - what the names in the file start with, such as `params.`
 * @throws {EinlabError} `file`, naming the first tensor that is missing, of another shape or type, or left over
 */
export function restoreTree<T>(template: T, tensors: Readonly<Record<string, Tensor>>, prefix: string = ''): T {
  const left = new Set(Object.keys(tensors).filter((name) => name.startsWith(prefix)));
  const restored = mapTree<T>(template, (leaf, path) => {
    if (!isTensor(leaf)) return leaf;
    const name = prefix + path;
    const stored = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
    if (stored === undefined) throw mismatch(`the tensor "${name}" is missing; it should be ${typeOf(leaf)}`, name);
    if (typeOf(stored) !== typeOf(leaf))
      throw mismatch(`the tensor "${name}" is ${typeOf(stored)}; expected ${typeOf(leaf)}`, name);
    left.delete(name);
    return stored;
  });
  for (const name of left) throw mismatch(`the tensor "${name}" belongs to no parameter of this model`, name);
  return restored;
}

const typeOf = ({ dtype, shape }: Tensor): string => `${dtype}[${shape.join(', ')}]`;

const mismatch = (message: string, name: string): EinlabError =>
  new EinlabError('file', `checkpoint: ${message}; was it written by another model?`, { name });
