/** SQLSTATE of a constraint, of a row that another session holds, and of a statement that takes too long. */
export const REFUSALS = ["23514", "55P03", "57014"];
