import { encodeXml } from '../format/xml.ts';
import {
  directedIndexEdges,
  type Graph,
  type IndexEdge,
  isAdjacent,
  isDirected,
  undirectedIndexEdges,
} from '../graph/graph.ts';
import { layersOf, type Placed } from './layers.ts';

/** How a graph is drawn. */
export interface SvgOptions {
  /** `f64[node, node]`: edges with larger scores are drawn thicker. */
  readonly scores?: Float64Array;
  /** A graph over the same nodes to compare with: right, turned, extra and missing edges are told apart. */
  readonly truth?: Graph;
  /** A text for an edge, such as how often a bootstrap found it. */
  readonly label?: (from: number, to: number) => string;
}

const charWidth = 8.2;
const [boxHeight, rowGap, columnGap, margin] = [30, 62, 26, 24];

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** Where the straight line from a box's middle to a point leaves the box. */
function borderOf({ x, y, width }: Box, toX: number, toY: number): readonly [number, number] {
  const [dx, dy] = [toX - x, toY - y];
  const scale = Math.min(
    dx === 0 ? Infinity : (width / 2 + 2) / Math.abs(dx),
    dy === 0 ? Infinity : (boxHeight / 2 + 2) / Math.abs(dy),
  );
  return Number.isFinite(scale) ? [x + dx * scale, y + dy * scale] : [x, y];
}

const short = (value: number): string => value.toFixed(1);

/** What an edge is against the truth: a class of the drawing. */
function verdictOf(graph: Graph, truth: Graph | undefined, [i, j]: IndexEdge): string {
  if (truth === undefined) return 'plain';
  if (!isAdjacent(truth, i, j)) return 'extra';
  const isOpen = !isDirected(graph, i, j) && !isDirected(graph, j, i);
  if (isOpen) return !isDirected(truth, i, j) && !isDirected(truth, j, i) ? 'right' : 'open';
  return isDirected(truth, i, j) ? 'right' : 'turned';
}

const style = `
text{font:13px system-ui,sans-serif;fill:#1c1c1e;text-anchor:middle}
.note{font-size:11px;fill:#6a6a72}
rect{fill:#fff;stroke:#6a6a72}
path{fill:none;stroke:#44464c}
.right{stroke:#15803d}.turned{stroke:#b45309}.extra{stroke:#b91c1c}.open{stroke:#1d4ed8}
.missing{stroke:#b91c1c;stroke-dasharray:2 5}
.undirected{stroke-dasharray:7 4}
`;

const colors: Readonly<Record<string, string>> = {
  plain: '#44464c',
  right: '#15803d',
  turned: '#b45309',
  extra: '#b91c1c',
  open: '#1d4ed8',
  missing: '#b91c1c',
};

/** A line that passes a layer takes this much of it. */
const passWidth = 14;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Boxes in layers, centered, and the points where lines pass layers. */
function boxesOf(
  graph: Graph,
  lines: readonly IndexEdge[],
): { readonly boxes: Box[]; readonly passes: Point[][]; readonly width: number; readonly height: number } {
  const { nodes, passes, sizes } = layersOf(graph, lines);
  const widths = sizes.map((size) => new Array<number>(size).fill(passWidth));
  nodes.forEach(({ layer, place }, i) => {
    widths[layer][place] = Math.max(46, 20 + charWidth * [...graph.nodes[i]].length);
  });
  const lengths = widths.map((row) => row.reduce((sum, own) => sum + own, columnGap * Math.max(0, row.length - 1)));
  const width = 2 * margin + Math.max(...lengths);
  const middles = widths.map((row, at) => {
    let x = (width - lengths[at]) / 2;
    return row.map((own) => {
      x += own + columnGap;
      return x - columnGap - own / 2;
    });
  });
  const pointOf = ({ layer, place }: Placed): Point => ({
    x: middles[layer][place],
    y: margin + boxHeight / 2 + layer * (boxHeight + rowGap),
  });
  const rows = sizes.length;
  return {
    boxes: nodes.map((placed) => ({ ...pointOf(placed), width: widths[placed.layer][placed.place] })),
    passes: passes.map((pass) => pass.map(pointOf)),
    width,
    height: 2 * margin + rows * boxHeight + (rows - 1) * rowGap,
  };
}

/** A path, and the point in its middle. */
interface Curve {
  readonly path: string;
  readonly middle: Point;
}

/** Between boxes of one layer: a bow, so that it passes what is between. */
function bowed(a: Box, b: Box, side: number): Curve {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const size = Math.hypot(dx, dy) || 1;
  const [x, y] = [(a.x + b.x) / 2 - (dy / size) * 26 * side, (a.y + b.y) / 2 + (dx / size) * 26 * side];
  const [fromX, fromY] = borderOf(a, x, y);
  const [toX, toY] = borderOf(b, x, y);
  return {
    path: `M${short(fromX)} ${short(fromY)}Q${short(x)} ${short(y)} ${short(toX)} ${short(toY)}`,
    middle: { x, y },
  };
}

/** Between layers: straight to the next one, in gentle curves through the places where it passes others. */
function passing(a: Box, b: Box, pass: readonly Point[]): Curve {
  const [first = b, last = a] = [pass[0], pass[pass.length - 1]];
  const [fromX, fromY] = borderOf(a, first.x, first.y);
  const [toX, toY] = borderOf(b, last.x, last.y);
  if (pass.length === 0)
    return {
      path: `M${short(fromX)} ${short(fromY)}L${short(toX)} ${short(toY)}`,
      middle: { x: (fromX + toX) / 2, y: (fromY + toY) / 2 },
    };
  const half = (boxHeight / 2) * Math.sign(b.y - a.y);
  // Straight through a layer, so that boxes beside it are not touched.
  let path = `M${short(fromX)} ${short(fromY)}`;
  let at: Point = { x: fromX, y: fromY };
  for (const { x, y } of pass) {
    const enter = y - half;
    const bend = (at.y + enter) / 2;
    const lead = at.x === fromX && at.y === fromY ? at.x + (x - at.x) / 2 : at.x;
    path += `C${short(lead)} ${short(bend)} ${short(x)} ${short(bend)} ${short(x)} ${short(enter)}L${short(x)} ${short(y + half)}`;
    at = { x, y: y + half };
  }
  const bend = (at.y + toY) / 2;
  path += `C${short(at.x)} ${short(bend)} ${short((at.x + toX) / 2)} ${short(bend)} ${short(toX)} ${short(toY)}`;
  return { path, middle: pass[Math.floor(pass.length / 2)] };
}

/**
 * A drawing of a graph as SVG that needs nothing else: causes above effects, undirected edges dashed, scores as thickness. Against a truth, right edges
 * are green, turned ones orange, extra ones red, undirected ones blue, and missing ones dotted.
 */
export function graphToSvg(graph: Graph, { scores, truth, label }: SvgOptions = {}): string {
  const d = graph.nodes.length;
  const missing =
    truth === undefined
      ? []
      : [...directedIndexEdges(truth), ...undirectedIndexEdges(truth)].filter(([i, j]) => !isAdjacent(graph, i, j));
  const drawn = [
    ...missing.map((edge) => ({ edge, verdict: 'missing', isOpen: false })),
    ...directedIndexEdges(graph).map((edge) => ({ edge, verdict: verdictOf(graph, truth, edge), isOpen: false })),
    ...undirectedIndexEdges(graph).map((edge) => ({ edge, verdict: verdictOf(graph, truth, edge), isOpen: true })),
  ];
  const { boxes, passes, width, height } = boxesOf(
    graph,
    drawn.map(({ edge }) => edge),
  );
  const largest = scores === undefined ? 0 : Math.max(1e-12, ...scores.map(Math.abs));
  const paths = drawn.map(({ edge: [i, j], verdict, isOpen }, at) => {
    const [a, b] = [boxes[i], boxes[j]];
    const { path, middle } = a.y === b.y ? bowed(a, b, i < j ? 1 : -1) : passing(a, b, passes[at]);
    const score = scores?.[i * d + j];
    const thickness = score === undefined ? 1.6 : 1 + 2.4 * Math.sqrt(Math.abs(score) / largest);
    const marker = isOpen || verdict === 'missing' ? '' : ` marker-end="url(#arrow-${verdict})"`;
    const text = label?.(i, j) ?? '';
    const note =
      text === '' ? '' : `<text class="note" x="${short(middle.x)}" y="${short(middle.y)}">${encodeXml(text)}</text>`;
    const said = `${graph.nodes[i]} ${isOpen ? '—' : '→'} ${graph.nodes[j]}${score === undefined ? '' : ` (${score.toPrecision(3)})`}`;
    return `<path class="${verdict}${isOpen ? ' undirected' : ''}" stroke-width="${thickness.toFixed(2)}" d="${path}"${marker}><title>${encodeXml(said)}</title></path>${note}`;
  });
  const markers = Object.entries(colors).map(
    ([name, color]) =>
      `<marker id="arrow-${name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L10 5L0 10z" style="fill:${color};stroke:none"/></marker>`,
  );
  const nodes = graph.nodes.map((name, i) => {
    const { x, y, width: own } = boxes[i];
    return `<g><rect x="${short(x - own / 2)}" y="${short(y - boxHeight / 2)}" width="${short(own)}" height="${boxHeight}" rx="7"/><text x="${short(x)}" y="${short(y + 4.5)}">${encodeXml(name)}</text></g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${short(width)} ${short(height)}" width="${short(width)}" height="${short(height)}" role="img" aria-label="causal graph of ${d} variables">
<style>${style}</style>
<defs>${markers.join('')}</defs>
<rect x="0" y="0" width="100%" height="100%" style="fill:#fff;stroke:none"/>
${paths.join('\n')}
${nodes.join('\n')}
</svg>
`;
}
