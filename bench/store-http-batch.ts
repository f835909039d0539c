import { type Bench, jitterContext, round, toLine } from './bench.ts';
import { openBenchStore } from './bench-store.ts';
import { fourSpansAgent } from './no-op-agents.ts';
import { withBarePosts } from './with-bare-posts.ts';
import { withRunners } from './with-runners.ts';

const SLOTS = 64;
const ROUNDS = 7;
const ROLLOUTS = 4_000;
const POSTS = 20_000;

/** How many rollouts pass through the store over HTTP in the time in which a server that does nothing takes a POST. */
export const storeHttpBatch: Bench = {
  name: 'store-http-batch',
  claim:
    'Rollouts of agents that do nothing but record 4 spans of 2 KB pass through the store and the runners at a good part of the rate of bare requests',
  measure: 'rollouts/s at 64 slots ÷ POSTs/s of 2 KB that a bare Fastify server takes',
  wanted: 'at least',
  async *run() {
    const jitter = await jitterContext();
    const { store, close } = await openBenchStore('memory');
    const perSecond = { rollouts: [] as number[], posts: [] as number[] };
    try {
      await withBarePosts((barePosts) =>
        withRunners({ agent: fourSpansAgent, slots: SLOTS, store }, async (runRollouts) => {
          for (let index = -1; index < ROUNDS; index += 1) {
            const postMs = await barePosts(POSTS);
            const rolloutMs = await runRollouts(ROLLOUTS);
            if (index < 0) continue;
            perSecond.posts.push((POSTS / postMs) * 1000);
            perSecond.rollouts.push((ROLLOUTS / rolloutMs) * 1000);
          }
        }),
      );
    } finally {
      await close();
    }
    const ratios = perSecond.rollouts.map((rate, index) => rate / perSecond.posts[index]!);
    yield toLine({ bench: this.name, gate: 0.2, goal: 0.35 }, ratios, {
      slots: SLOTS,
      rolloutsPerSecond: perSecond.rollouts.map((rate) => round(rate)),
      postsPerSecond: perSecond.posts.map((rate) => round(rate)),
      ...jitter,
    });
  },
};
