/** Flags of the main process that mean nothing to a process of its own, or keep it from starting. With a value of their own: that goes too. */
const WITH_VALUE = /^(?:-e|--eval|-p|--print|-pe|--watch-path)$/;
const ALONE =
  /^(?:-c|--check|-i|--interactive|--test(?:$|[-=])|--watch|--inspect|--input-type|--eval=|--print=|--max-old-space-size|--max_old_space_size)/;

/**
 * The flags of Node for a child process: those of this one, as threads inherit them, without those that are about what it runs or who debugs it.
 *
 * @param heapMb - how large its JavaScript heap may grow, in MB
 */
export function childFlags(heapMb: number, execArgv: readonly string[] = process.execArgv): string[] {
  const kept: string[] = [];
  for (let index = 0; index < execArgv.length; index++) {
    const flag = execArgv[index]!;
    if (WITH_VALUE.test(flag)) index += 1;
    else if (/^--input-type$/.test(flag)) index += 1;
    else if (!ALONE.test(flag)) kept.push(flag);
  }
  return [...kept, `--max-old-space-size=${heapMb}`];
}
