"""Figures as Prometheus reads them."""

from engine.prometheus import Counter, Histogram, gauge


def test_a_counter_counts_by_its_labels() -> None:
    counter = Counter("c_total", "counts", "method", "status")
    for status in ("200", "200", "503"):
        counter.add("GET", status)
    assert list(counter.lines()) == [
        "# HELP c_total counts",
        "# TYPE c_total counter",
        'c_total{method="GET",status="200"} 2',
        'c_total{method="GET",status="503"} 1',
    ]


def test_a_counter_without_labels_is_there_from_the_start() -> None:
    counter = Counter("c_total", "counts")
    assert list(counter.lines())[-1] == "c_total 0"
    counter.add(by=3)
    assert list(counter.lines())[-1] == "c_total 3"


def test_a_histogram_counts_what_is_at_most_each_bound() -> None:
    histogram = Histogram("h_seconds", "how long", (0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 7):
        histogram.observe(value)
    assert list(histogram.lines())[2:] == [
        'h_seconds_bucket{le="0.1"} 2',
        'h_seconds_bucket{le="1"} 3',
        'h_seconds_bucket{le="+Inf"} 4',
        "h_seconds_sum 7.65",
        "h_seconds_count 4",
    ]


def test_labels_are_escaped() -> None:
    assert list(gauge("g", "now", {'a"\\\n': 1.5}, "name"))[-1] == 'g{name="a\\"\\\\\\n"} 1.5'
    assert list(gauge("g", "now", 7))[-1] == "g 7"
