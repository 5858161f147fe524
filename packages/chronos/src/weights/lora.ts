import { EinlabError, einsum, evaluate, isTensor, mapTree, multiply, type Tensor } from '@einlab/einsum-core';
import { type FileSource, loadSafetensors } from '@einlab/nn';
import { fieldsOf, isJson } from '../config/fields.ts';

/** How an adapter is scaled. */
export interface LoraConfig {
  readonly rank: number;
  /** Updates are multiplied by alpha/rank. */
  readonly alpha: number;
}

/** What an `adapter_config.json` says. @throws {EinlabError} `file` for one that is no LoRA adapter */
export function readLoraConfig(json: unknown, source: string = 'adapter_config.json'): LoraConfig {
  if (!isJson(json)) throw new EinlabError('file', `${source}: expected a JSON object`, { source });
  const fields = fieldsOf(json, source);
  fields.choice('peft_type', ['LORA'], 'LORA');
  return { rank: fields.count('r'), alpha: fields.number('lora_alpha') };
}

const prefix = 'base_model.model.';

/**
 * Parameters with an adapter merged in: W ← W + (alpha/rank) · B A.
 *
 * @param from - the adapter's safetensors file, whose names are those of the parameters with `lora_A` and `lora_B` before `weight`
 * @throws {EinlabError} `file`, naming the tensor, for one that fits no parameter
 * @see Hu et al. 2022, "LoRA: Low-Rank Adaptation of Large Language Models"
 */
export async function mergeLora<Parameters>(
  parameters: Parameters,
  from: FileSource,
  { rank, alpha }: LoraConfig,
  source: string,
): Promise<Parameters> {
  const { tensors } = await loadSafetensors(from);
  const left = new Set(Object.keys(tensors));
  const take = (path: string, which: 'A' | 'B', shape: readonly number[]): Tensor | undefined => {
    const name = `${prefix}${path.slice(0, -'weight'.length)}lora_${which}.weight`;
    const found = tensors[name];
    left.delete(name);
    if (found !== undefined && found.shape.join() !== shape.join()) {
      throw new EinlabError(
        'file',
        `${source}: tensor "${name}" is [${found.shape.join(', ')}]; expected [${shape.join(', ')}]`,
        {
          source,
          name,
        },
      );
    }
    return found;
  };
  const merged = mapTree<Parameters>(parameters, (leaf, path) => {
    if (!isTensor(leaf) || leaf.rank !== 2 || !path.endsWith('.weight')) return leaf;
    const [out, inSize] = leaf.shape;
    const [a, b] = [take(path, 'A', [rank, inSize]), take(path, 'B', [out, rank])];
    if (a === undefined || b === undefined) return leaf;
    return leaf.add(multiply(einsum('rank in, out rank -> out in', a, b), alpha / rank));
  });
  for (const name of left) {
    throw new EinlabError('file', `${source}: tensor "${name}" belongs to no matrix of this model`, { source, name });
  }
  return evaluate(merged);
}
