/** Tasks by number: a plain array, or anything with a length and an index. */
export type Dataset<T> = ArrayLike<T>;
