const SIGNAL_OF_EXIT_CODE: Readonly<Record<number, NodeJS.Signals>> = {
  129: 'SIGHUP',
  130: 'SIGINT',
  143: 'SIGTERM',
};

let isPrepared = false;

/**
 * At its end Node waits for every thread, also for one that is stuck in a call of the operating system, and there is no exit code with which it would not. Once
 * this was called, a process that ends because of a signal (exit code 129, 130 or 143) ends by that very signal, which waits for nothing. With another
 * exit code it does wait.
 */
export function endDespiteThreads(): void {
  if (isPrepared) return;
  isPrepared = true;
  process.on('exit', (code) => {
    const signal = SIGNAL_OF_EXIT_CODE[code];
    if (signal === undefined) return;
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
