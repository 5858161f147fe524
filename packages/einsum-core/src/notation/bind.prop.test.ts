import { einsumCase, property } from '@einlab/testkit';
import { describe, expect } from 'vitest';
import { bindPattern } from './bind.ts';
import { parsePattern } from './parse.ts';

describe('bindPattern', () => {
  property('each dimension has the size of its axis, or is a squeezed 1', einsumCase(), ({ text, shapes }) => {
    const { sizes, operands } = bindPattern(parsePattern(text), shapes);
    expect(operands.map((axes) => axes.map((axis) => (axis < 0 ? 1 : sizes[axis])))).toEqual(shapes);
  });

  property('the output has the shape that NumPy gives it, each axis once', einsumCase(), (einsum) => {
    const { sizes, output } = bindPattern(parsePattern(einsum.text), einsum.shapes);
    expect(output.map((axis) => sizes[axis])).toEqual(einsum.outputShape);
    expect(new Set(output).size).toBe(output.length);
  });

  property('every axis is in some operand, and names tell axes apart', einsumCase(), ({ text, shapes }) => {
    const { names, operands } = bindPattern(parsePattern(text), shapes);
    const used = new Set(operands.flat().filter((axis) => axis >= 0));
    expect(used.size).toBe(names.length);
    expect(new Set(names).size).toBe(names.length);
  });
});
