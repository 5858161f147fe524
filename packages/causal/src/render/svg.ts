import { encodeXml } from '../format/xml.ts';
import {
  directedIndexEdges,
  type Graph,
  type IndexEdge,
  isAdjacent,
  isDirected,
  undirectedIndexEdges,
} from '../graph/graph.ts';
import { layersOf } from './layers.ts';

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

/** Boxes in layers, centered. */
function boxesOf(graph: Graph): { readonly boxes: Box[]; readonly width: number; readonly height: number } {
  const placed = layersOf(graph);
  const widths = graph.nodes.map((name) => Math.max(46, 20 + charWidth * [...name].length));
  const rows = 1 + Math.max(0, ...placed.map(({ layer }) => layer));
  const members = Array.from({ length: rows }, (_, row) =>
    placed.flatMap(({ layer }, i) => (layer === row ? [i] : [])).sort((a, b) => placed[a].place - placed[b].place),
  );
  const lengths = members.map(
    (row) => row.reduce((sum, i) => sum + widths[i], 0) + columnGap * Math.max(0, row.length - 1),
  );
  const width = 2 * margin + Math.max(...lengths);
  const boxes = new Array<Box>(graph.nodes.length);
  members.forEach((row, at) => {
    // Every other layer is moved a little, so that an edge past a layer does not hide behind its boxes.
    let x = (width - lengths[at]) / 2 + (at % 2 === 0 ? 0 : Math.min(18, (width - lengths[at]) / 2 - margin));
    for (const i of row) {
      boxes[i] = { x: x + widths[i] / 2, y: margin + boxHeight / 2 + at * (boxHeight + rowGap), width: widths[i] };
      x += widths[i] + columnGap;
    }
  });
  return { boxes, width, height: 2 * margin + rows * boxHeight + (rows - 1) * rowGap };
}

/**
 * A drawing of a graph as SVG that needs nothing else: causes above effects, undirected edges dashed, scores as thickness. Against a truth, right edges
 * are green, turned ones orange, extra ones red, undirected ones blue, and missing ones dotted.
 */
export function graphToSvg(graph: Graph, { scores, truth, label }: SvgOptions = {}): string {
  const d = graph.nodes.length;
  const { boxes, width, height } = boxesOf(graph);
  const largest = scores === undefined ? 0 : Math.max(1e-12, ...scores.map(Math.abs));
  const line = ([i, j]: IndexEdge, verdict: string, isOpen: boolean): string => {
    const [a, b] = [boxes[i], boxes[j]];
    const span = Math.abs(a.y - b.y) / (boxHeight + rowGap);
    // Long and level edges bow outwards, so that they pass the boxes between.
    const bow = span > 1.5 || span < 0.5 ? 26 * (i < j ? 1 : -1) + (span > 1.5 ? 10 * span : 0) : 0;
    const [dx, dy] = [b.x - a.x, b.y - a.y];
    const size = Math.hypot(dx, dy) || 1;
    const [midX, midY] = [(a.x + b.x) / 2 - (dy / size) * bow, (a.y + b.y) / 2 + (dx / size) * bow];
    const [fromX, fromY] = borderOf(a, midX, midY);
    const [toX, toY] = borderOf(b, midX, midY);
    const score = scores?.[i * d + j];
    const thickness = score === undefined ? 1.6 : 1 + 2.4 * Math.sqrt(Math.abs(score) / largest);
    const marker = isOpen || verdict === 'missing' ? '' : ` marker-end="url(#arrow-${verdict})"`;
    const text = label?.(i, j) ?? '';
    const note =
      text === '' ? '' : `<text class="note" x="${short(midX)}" y="${short(midY)}">${encodeXml(text)}</text>`;
    const said = `${graph.nodes[i]} ${isOpen ? '—' : '→'} ${graph.nodes[j]}${score === undefined ? '' : ` (${score.toPrecision(3)})`}`;
    return `<path class="${verdict}${isOpen ? ' undirected' : ''}" stroke-width="${thickness.toFixed(2)}" d="M${short(fromX)} ${short(fromY)}Q${short(midX)} ${short(midY)} ${short(toX)} ${short(toY)}"${marker}><title>${encodeXml(said)}</title></path>${note}`;
  };
  const missing =
    truth === undefined
      ? []
      : [...directedIndexEdges(truth), ...undirectedIndexEdges(truth)].filter(([i, j]) => !isAdjacent(graph, i, j));
  const paths = [
    ...missing.map((edge) => line(edge, 'missing', false)),
    ...directedIndexEdges(graph).map((edge) => line(edge, verdictOf(graph, truth, edge), false)),
    ...undirectedIndexEdges(graph).map((edge) => line(edge, verdictOf(graph, truth, edge), true)),
  ];
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
