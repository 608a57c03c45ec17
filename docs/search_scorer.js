// Scores of the site's search: Sphinx's own, but guides come before other pages, and an
// attribute of the Python API whose name matches comes after the pages on its topic.
// Of two titles that match, the shorter one comes first: more of it is the query.
var Scorer = {
  score: ([page, title, , , score]) =>
    score - title.length / 100 +
    (/^docs\/(tutorial|how-to|explanation)\//.test(page) ? 5 : 0),
  objNameMatch: 6,
  objPartialMatch: 0,
  objPrio: { 0: 0, 1: 0, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
