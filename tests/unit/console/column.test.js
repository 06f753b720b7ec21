import assert from "node:assert/strict";
import { test } from "node:test";

import { Column } from "../../../console/state/column.js";

const rows = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => ({ key: `r${from + at}` }));

function columnOf(list) {
  const column = new Column(() => 10);
  column.set(list);
  return column;
}

test("rows that were never drawn are where guesses put them", () => {
  const column = columnOf(rows(0, 999));
  assert.deepEqual([column.height, column.topAt(3), column.indexAt(35), column.indexAt(-5), column.indexAt(99_999)], [10_000, 30, 3, 0, 999]);
  assert.deepEqual(column.between(95, 131), [9, 14]);
});

test("what was measured moves what is below it, and is kept when rows come before it", () => {
  const column = columnOf(rows(10, 20));
  assert.equal(column.measured([["r10", 50]]), true);
  assert.equal(column.measured([["r10", 50]]), false);
  assert.equal(column.topAt(1), 50);
  column.set(rows(0, 20));
  assert.deepEqual([column.indexOf("r10"), column.topAt(10), column.topAt(11)], [10, 100, 150]);
  assert.equal(column.indexOf("gone"), -1);
});

test("nothing has no stretch", () => {
  assert.deepEqual([columnOf([]).between(0, 500), columnOf([]).height], [[0, 0], 0]);
});
