/** A JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * `V` if every part of it survives JSON unchanged, otherwise a type that `V` does not fit. Accepts interfaces and optional fields;
 * refuses functions, `Date`, `Map`, `bigint`, `undefined` values and classes with methods. Numbers that JSON cannot hold (`NaN`, infinities, −0)
 * are found when the value is recorded.
 */
export type Jsonable<V> = V extends null | boolean | number | string
  ? V
  : V extends (...args: never[]) => unknown
    ? never
    : V extends bigint | symbol | undefined
      ? never
      : V extends readonly unknown[]
        ? { readonly [I in keyof V]: Jsonable<V[I]> }
        : V extends object
          ? { [K in keyof V]: undefined extends V[K] ? Jsonable<Exclude<V[K], undefined>> | undefined : Jsonable<V[K]> }
          : never;
