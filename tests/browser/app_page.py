"""What browser tests of the app's pages share."""

from __future__ import annotations

from playwright.sync_api import Page


def copied_link(page: Page) -> str:
    """The address that "Copy link" in the sidebar gives."""
    page.get_by_role("button", name="Copy link").click()
    text = page.get_by_test_id("stPopoverBody").locator("code").inner_text()
    page.keyboard.press("Escape")
    return text
