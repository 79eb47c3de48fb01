"""The knowledge base: articles found by words out of 20,000, and those offered beside a request, each as a ratio to an
index look-up in the same run.  Every article is made of a handful of the same words, as real ones are.
"""

from __future__ import annotations

import random
from statistics import median, quantiles

from lianxin.directory.models import Category, Centre
from lianxin.intake.knowledge.lookup import day_of, grams, offered, valid, with_words, words_of
from lianxin.intake.models import Article, Keyword

from .ground import Ground, now, query
from .measured import Measured, timed

ARTICLES, ASKED, PAGE = 20_000, 500, 20
THINGS = [
    "供暖",
    "医保",
    "社保",
    "公积金",
    "落户",
    "学位",
    "停车",
    "物业",
    "电梯",
    "噪声",
    "油烟",
    "垃圾",
    "路灯",
    "供水",
]
ASKS = ["怎么办理", "到哪里办", "需要什么材料", "标准是多少", "什么时候发放", "由谁负责", "能不能退", "多久办完"]


def run(ground: Ground) -> list[Measured]:
    """The p95 of a search and of an offer, over that of a look-up."""
    centre = ground.directory.centre_id
    rng = random.Random(63)
    _articles(centre, rng)
    keys = list(Article.objects.values_list("pk", flat=True))
    leaves = list(Category.objects.filter(centre=centre, level=3).values_list("pk", flat=True))
    lookups, searches, offers = [], [], []
    for _ in range(ASKED):
        # In turn, so that all meet the same machine.
        pk, leaf = rng.choice(keys), rng.choice(leaves)
        words = f"{rng.choice(THINGS)}{rng.choice(ASKS)} 第{rng.randrange(ARTICLES)}号"
        lookups.append(timed(lambda pk=pk: Article.objects.get(pk=pk)))
        searches.append(timed(lambda words=words: list(with_words(valid(centre, now()), words)[:PAGE])))
        asked = f"来电人问{words}。".join(_talk(rng) for _ in "  ")
        offers.append(timed(lambda asked=asked, leaf=leaf: offered(centre, now(), [leaf], asked)))
    return [_line("an article found by words", searches, lookups), _line("articles beside a request", offers, lookups)]


def _articles(centre: int, rng: random.Random) -> None:
    home = Centre.objects.get(pk=centre)
    leaves = list(Category.objects.filter(centre=home, level=3).values_list("pk", flat=True))
    staff, unit = home.staff.earliest("pk"), home.units.get(parent=None)
    rows = []
    for number in range(ARTICLES):
        thing, ask = rng.choice(THINGS), rng.choice(ASKS)
        title, keywords = f"{thing}{ask}（第{number}号）", f"{thing}、{ask}"
        text = f"{thing}的事项{ask}，按第{number}号文件办理。" * 8
        rows.append(
            Article(
                centre=home,
                code=f"Z{number}",
                unit=unit,
                category_id=leaves[number % len(leaves)],
                title=title,
                text=text,
                basis="办事指南",
                clause="第一条",
                keywords=keywords,
                valid_from=day_of(now()),
                drafted_by=staff,
                drafted_at=now(),
                approved_by=staff,
                since=now(),
                grams=grams(title, keywords, text),
            )
        )
    Article.objects.bulk_create(rows, batch_size=2_000)
    Keyword.objects.bulk_create((word for row in rows for word in words_of(row)), batch_size=5_000)
    query("ANALYZE intake_article")
    query("ANALYZE intake_keyword")


def _talk(rng: random.Random) -> str:
    """A hundred and eighty characters that say something else: as long as a request taken down by phone."""
    return "".join(chr(rng.randrange(0x4E00, 0x9FA0)) for _ in range(180))


def _line(row: str, ours: list[float], lookups: list[float]) -> Measured:
    p95, other = (quantiles(times, n=20)[-1] for times in (ours, lookups))
    more = {"articles": ARTICLES, "median, ms": median(ours) * 1000, "over an index look-up": p95 / other}
    return Measured(f"{row}, p95", p95 * 1000, 50, "ms", more=more)
