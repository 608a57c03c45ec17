// Scores of the site's search: Sphinx's own, but guides come before other pages, and an
// attribute of the Python API whose name matches comes after the pages on its topic.
var Scorer = {
  score: ([page, , , , score]) =>
    /^docs\/(tutorial|how-to|explanation)\//.test(page) ? score + 5 : score,
  objNameMatch: 6,
  objPartialMatch: 0,
  objPrio: { 0: 0, 1: 0, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
