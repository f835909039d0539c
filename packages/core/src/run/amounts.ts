/** A whole number as a person reads it: `1,376`. */
export function grouped(value: number): string {
  return value.toLocaleString('en-US');
}

/** `1 task`, `1,376 tasks`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `$0.42`; more digits for what would be `$0.00`. */
export function dollars(amount: number): string {
  return `$${amount !== 0 && amount < 0.01 ? amount.toPrecision(2) : amount.toFixed(2)}`;
}
