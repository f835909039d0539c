// Measures what the project claims about its speed: `pnpm bench [name…]`. See README.md.
import { enableCompileCache } from 'node:module';
import { apoBounded } from './apo-bounded.ts';
import { apoCritical } from './apo-critical.ts';
import { apoInvariance } from './apo-invariance.ts';
import { apoOverhead } from './apo-overhead.ts';
import { type Bench, isPastGate } from './bench.ts';
import { dispatchIdle } from './dispatch-idle.ts';

// As the demo does: worker threads find their modules compiled.
enableCompileCache();

const BENCHES: readonly Bench[] = [apoCritical, apoBounded, apoOverhead, dispatchIdle, apoInvariance];

/** @returns the exit code: 0, or 1 when a figure is past its gate, or 2 for a name that there is not */
async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => arg !== '--');
  const unknown = names.filter((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    console.error(
      `There is no benchmark ${unknown.join(', ')}: there are ${BENCHES.map(({ name }) => name).join(', ')}`,
    );
    return 2;
  }
  let exitCode = 0;
  for (const bench of BENCHES) {
    if (names.length > 0 && !names.includes(bench.name)) continue;
    console.error(`${bench.name} …`);
    for await (const line of bench.run()) {
      console.log(JSON.stringify(line));
      if (typeof line['warning'] === 'string') console.error(`  ${line['warning']}`);
      if (!isPastGate(line, bench.wanted)) continue;
      console.error(`  ${line.bench}: ${line.ratio} is past the gate of ${line.gate}`);
      exitCode = 1;
    }
  }
  return exitCode;
}

process.exitCode = await main(process.argv.slice(2));
