"""Medians, spreads, verdicts and Markdown come out right from given figures."""

import unittest

import figures


def subject(name, role="ours", **values):
    return {"name": name, "role": role, "figures": values}


def row(*subjects, targets=(), figure="wall"):
    return {"name": "start", "unit": "start", "figure": figure, "subjects": list(subjects), "targets": list(targets)}


def curve(points):
    """A curve of the costs of ours and, where they are given, of the floor and of the start."""
    roles = ("ours", "floor", "start")
    return {"name": "connections", "unit": "request", "figure": "cpu", "points": [
        {"x": x, "subjects": [subject(role, role, cpu=[cost]) for role, cost in zip(roles, costs) if cost]}
        for x, *costs in points]}


class Statistics(unittest.TestCase):
    def test_median(self):
        self.assertEqual(figures.median([3, 1, 2]), 2)
        self.assertEqual(figures.median([4, 1, 2, 3]), 2.5)

    def test_spread_is_half_the_distance_of_the_quartiles(self):
        self.assertAlmostEqual(figures.spread([1, 2, 3, 4, 5]), 1 / 3)
        self.assertEqual(figures.spread([7]), 0)
        self.assertAlmostEqual(figures.spread([1, 1, 1, 1, 100]), 0, msg="one outlier does not count")

    def test_ratio_compares_within_a_round(self):
        self.assertEqual(figures.ratio([2, 20, 6], [1, 10, 4]), 2)
        self.assertEqual(figures.number(figures.ratio([1], [0])), "-")

    def test_growth_between_the_ends(self):
        self.assertEqual(figures.growth(curve([(1, 2.0), (10, 9.0), (100, 2.5)])), (1.25, 1.0, True))
        self.assertFalse(figures.growth(curve([(1, 2.0), (100, 3.0)]))[2])

    def test_growth_that_is_the_floors(self):
        self.assertEqual(figures.growth(curve([(1, 2.0, 1.0), (100, 5.0, 2.0)])), (2.5, 2.0, True))

    def test_points_that_are_lost_in_the_start_are_no_ends(self):
        lost = curve([(1, 40.0, None, 100.0), (10, 2.0, None, 4.0), (100, 2.0, None, 0.1)])
        self.assertEqual(figures.growth(lost), (1.0, 1.0, True))
        self.assertIn("| 10 to 100 |", figures.curves_summary({"curves": [lost]}))
        self.assertIsNone(figures.growth(curve([(1, 40.0, None, 100.0), (10, 2.0, None, 4.0)])))


class Text(unittest.TestCase):
    def test_numbers_have_three_digits(self):
        for value, text in ((1234.5, "1,234"), (99.96, "100"), (99.94, "99.9"), (9.996, "10.0"), (1.306, "1.31"),
                            (0.5, "0.500"), (0.0123, "0.0123"), (0.00123, "0.00123"), (0, "0.00")):
            self.assertEqual(figures.number(value), text)

    def test_amounts_have_units(self):
        for value, text in ((1.5, "1.50 s"), (0.00131, "1.31 ms"), (3.93e-6, "3.93 us"), (8.1e-9, "8.10 ns")):
            self.assertEqual(figures.amount("wall", value), text)
        self.assertEqual(figures.amount("memory", 2032), "2,032 bytes")

    def test_table(self):
        self.assertEqual(figures.table(["a", "b"], [["long", "1"]]), "| a    |   b |\n| ---- | --: |\n| long |   1 |")
        self.assertIn("| cat \\| cat |", figures.table(["a"], [["cat | cat"]]))

    def test_summary_and_verdicts(self):
        targets = [{"of": "nc", "most": 1.05}, {"of": None, "most": 0.002}, {"of": "gone", "most": 1}]
        one = row(subject("chunk-send", wall=[0.0013]), subject("nc", "peer", wall=[0.001]), targets=targets)
        self.assertEqual(figures.verdicts(one), [
            ("at most 1.05 x nc", False), ("at most 2.00 ms", True), ("at most 1.00 x gone", None)])
        text = figures.summary({"rows": [one]}).splitlines()[2]
        self.assertEqual([cell.strip() for cell in text.strip("|").split("|")], [
            "start", "time a start", "1.30 ms", "1.30 x nc",
            "at most 1.05 x nc: not met; at most 2.00 ms: met; at most 1.00 x gone: not measured"])

    def test_details_leave_out_what_was_not_measured(self):
        text = figures.details(row(subject("chunk-serve", memory=[2000, 2010, 2020]), figure="memory"))
        self.assertEqual(text.splitlines()[0].split("|")[2].strip(), "memory a start")
        self.assertIn("2,010 bytes ±0 %", text)

    def test_codec_has_a_line_for_each_framing(self):
        cases = [{"name": f"decode/{name}", "figures": {"cpu": [5e-9]}} for name in ("chunk/8", "chunk/64", "u8/8")]
        times, counts = figures.codec_tables({"codec": cases})
        self.assertEqual([line.strip("| ").split() for line in times.splitlines()[2:]], [
            ["chunk", "|", "5.00", "ns", "|", "5.00", "ns"], ["u8", "|", "5.00", "ns", "|", "-"]])
        self.assertNotIn("5.00", counts)

    def test_readme_gets_the_section_between_its_comments(self):
        results = {"machine": {"processor": "a processor", "cores": "2 cores"}, "curves": [],
                   "rows": [row(subject("chunk-send", wall=[1.0]))]}
        text = "before\n" + figures.BEGIN + "old\n" + figures.END + "after\n"
        once = figures.with_section(text, results)
        self.assertTrue(once.startswith("before\n" + figures.BEGIN + "\nMeasured on a processor, 2 cores. "))
        self.assertTrue(once.endswith("\n\n" + figures.END + "after\n"))
        self.assertNotIn("old", once)
        self.assertEqual(figures.with_section(once, results), once)


if __name__ == "__main__":
    unittest.main()
