/**
 * What a contraction's schedule is chosen for: a graphics card, a processor that imitates one, or SwiftShader, which is
 * such a processor and whose quads, where it offers subgroups, are four invocations in a row.
 */
export type Machine = 'card' | 'software' | 'software quads';

/** The machine behind a device. */
export function machineOf({ adapterInfo, features }: GPUDevice): Machine {
  if (!adapterInfo.isFallbackAdapter) return 'card';
  const { description, device, architecture } = adapterInfo;
  const isSwiftShader = [description, device, architecture].some((name) => /swiftshader/i.test(name));
  return isSwiftShader && features.has('subgroups') ? 'software quads' : 'software';
}
