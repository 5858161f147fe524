import { describe, expect, it } from 'vitest';
import { boundLinePlot, stackedBoundPlot } from './bound-plot.ts';
import { scaleOf, shortNumber, ticksOf } from './svg.ts';

const bounds = [
  { name: '<dense>', x: 500_000, risk: 2.6, complexity: 3.1 },
  { name: 'lora', x: 40_000, risk: 3, complexity: 0.8 },
];
const options = { title: 'A & B', x: 'code, bits', randomGuess: 6 };

describe('bound plots', () => {
  it('stack risk and complexity to the height of the bound, ask nothing of a server, and escape names', () => {
    const svg = stackedBoundPlot(bounds, options);
    expect(svg).not.toContain('<dense>');
    expect(svg).toContain('&#60;dense&#62;');
    expect(svg).not.toMatch(/(?:href|src)=|url\(/);
    // four bars, their heights as 2.6 : 3.1 : 3 : 0.8
    const heights = [
      ...svg.matchAll(/<rect x="[^"]*" width="[^"]*" y="[^"]*" height="([^"]*)" fill="#(?:0072B2|E69F00)"/g),
    ]
      .map(([, height]) => Number(height))
      .filter((height) => height !== 12);
    // what is paid stands on the risk
    const tops = [
      ...svg.matchAll(/<rect x="[^"]*" width="[^"]*" y="([^"]*)" height="([^"]*)" fill="#(?:0072B2|E69F00)"/g),
    ].map(([, y, height]) => [Number(y), Number(height)] as const);
    expect((tops[1]?.[0] ?? 0) + (tops[1]?.[1] ?? 0)).toBeCloseTo(tops[0]?.[0] ?? -1, 1);
    expect(heights.length).toBe(4);
    expect(heights[1] / heights[0]).toBeCloseTo(0.8 / 3, 2);
    expect(heights[3] / heights[2]).toBeCloseTo(3.1 / 2.6, 2);
  });

  it('draw a line for the bound and one for the risk, in the order of x', () => {
    const svg = boundLinePlot(bounds, options);
    const points = [...svg.matchAll(/polyline points="([^"]*)"/g)].map(([, text]) =>
      (text ?? '').split(' ').map((pair) => Number(pair.split(',')[0])),
    );
    expect(points.length).toBe(2);
    for (const line of points) expect([...line].sort((a, b) => a - b)).toEqual(line);
  });

  it('refuse what cannot be drawn', () => {
    expect(() => stackedBoundPlot([], options)).toThrow('the number of bounds is 0');
    expect(() => boundLinePlot([{ name: 'x', x: 0, risk: 1, complexity: 1 }], options)).toThrow('x of "x" is 0');
  });
});

describe('axes', () => {
  it('have round ticks and short numbers', () => {
    expect(ticksOf(0, 6, false)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(ticksOf(30, 700, true)).toEqual([50, 100, 200, 500]);
    expect([1234, 2e6, 0.125].map(shortNumber)).toEqual(['1.23k', '2M', '0.125']);
    expect(scaleOf(1, 100, 0, 10, true)(10)).toBeCloseTo(5, 12);
  });
});
