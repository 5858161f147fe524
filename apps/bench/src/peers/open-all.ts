import { reasonOf } from '../harness/contest.ts';
import type { EngineNote } from '../harness/report.ts';
import type { Peer, PeerSource } from './peer.ts';

/** Opens engines one after the other; one that does not start is noted with its reason, and the others go on. */
export async function openAll(sources: readonly PeerSource[]): Promise<{ peers: Peer[]; notes: EngineNote[] }> {
  const peers: Peer[] = [];
  const notes: EngineNote[] = [];
  for (const { name, open } of sources) {
    try {
      const peer = await open();
      peers.push(peer);
      notes.push({ name, status: 'open', version: peer.version, timed: peer.timed });
    } catch (error) {
      notes.push({ name, status: 'missing', reason: reasonOf(error) });
    }
  }
  return { peers, notes };
}
