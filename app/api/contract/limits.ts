/** Bytes of the body of a request to count a view. */
export const LARGEST_VIEW_BODY = 4 * 1_024;

/** Topics that can be read at once. */
export const MOST_TOPICS = 200;
