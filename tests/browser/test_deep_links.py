"""Ten links of the questions, each to another page, in a real browser: the page opens in the state named."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Page

from explorer.content import questions as plan
from explorer.ui import state
from explorer.ui.interview.question import query
from tests.browser.app_page import copied_link
from tests.browser.live_page import IDLE, Server

#: The longest link to each page, the ten longest of these: they name the most.
LONGEST = {q.page: q for q in sorted(plan.questions(), key=lambda q: len(q.link)) if q.page}
TEN = sorted(LONGEST.values(), key=lambda q: -len(q.link))[:10]


@pytest.mark.parametrize("question", TEN, ids=lambda q: f"{q.page}-{q.slug}")
def test_a_link_opens_the_state_that_it_names(browser_page: Page, server: Server, question) -> None:
    path = "" if question.page == state.START else question.page
    asked = query(question)
    browser_page.goto(f"{server('app.py')}/{path}?{urlencode(asked)}")
    browser_page.wait_for_selector(IDLE)
    found = urlsplit(copied_link(browser_page))
    carried = dict(parse_qsl(found.query, keep_blank_values=True))
    assert found.path == f"/{path}"
    for name, value in state.query(question.link).items():
        assert carried[name] == value or json.loads(carried[name]) == json.loads(value), name
    assert browser_page.get_by_test_id("stException").count() == 0
    warnings = browser_page.get_by_test_id("stAlert").all_inner_texts()
    assert not [text for text in warnings if "link" in text.casefold()]
