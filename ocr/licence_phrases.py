"""Sentences that the registration rules put into every scope of business, and its punctuation."""

from __future__ import annotations

import re

from ocr.licence_items import ends_on_item

PHRASES = (
    "依法须经批准的项目",
    "经相关部门批准后方可开展经营活动",
    "具体经营项目以相关部门批准文件或许可证件为准",
    "除依法须经批准的项目外",
    "凭营业执照依法自主开展经营活动",
    "除许可业务外",
    "可自主依法经营法律法规非禁止或限制的项目",
    "经营期限以许可证为准",
)
MISREAD = 0.15
"""Share of a phrase's characters that may be misread: another sentence differs in more."""
MARKS = (
    (re.compile(r"(?<=的项目外)\.(?=凭)|(?<=的项目)\.(?=经相关部门)"), ","),
    (
        re.compile(
            r"(?<=的项目外)[。·、；;](?=凭)|(?<=的项目)[。·、；;](?=经相关部门)|(?<=经营活动)[。·、；;](?=具体)"
        ),
        "，",
    ),
    (
        re.compile(
            r"(?<=依法须经批准的项目)(?=经相关部门)|(?<=经营活动)(?=具体经营项目)|(?<=的项目外)(?=凭营业执照)"
        ),
        "，",
    ),
    (re.compile(r"[,，、](?=[(（]除?依法须经批准)"), "。"),
    (re.compile(r"(?<=经营活动[)）])[,，、·](?=(许可|一般)项目[:：])"), "。"),
)
"""A comma stands inside the sentences, even where blur made a dot of it or a line that begins with it lost it, and a full
stop before the bracket that holds one and after it."""
OPEN = re.compile(r"([(（])[^()（）]*(经营活动|为准)$")
"""A bracket around a sentence that closes at the end of its line."""
HEADING = re.compile(
    r"(项目是?|兼零售|(^|[。；;,，:：)）])(代理|承接|承包|承办|安装|租赁|种植|养殖)"
    r"|(^|[。；;,，、:：)）])(销售|零售|批发|生产|加工|制造|服务|经营|维修|开发))$"
)
"""What a colon stands after; an item of the list is followed by a semicolon."""


def as_usual(scope: str) -> str:
    """The scope with its standing sentences put right, and a colon after an item read as the semicolon it is.

    >>> as_usual("一般项目：日用百货销售：广告制作；销售：服装、鞋帽。")
    '一般项目：日用百货销售；广告制作；销售：服装、鞋帽。'
    >>> as_usual("承接：园林绿化工程；广告设计、代理：软件销售")
    '承接：园林绿化工程；广告设计、代理；软件销售'
    >>> as_usual("保健食品（预包装）销售：门窗销售")
    '保健食品（预包装）销售；门窗销售'
    >>> as_usual("（除依法须经批准的项目外·凭营业执照依法自主开展经营活动）")
    '（除依法须经批准的项目外，凭营业执照依法自主开展经营活动）'
    >>> as_usual("(经相关部内批准后方可开展经营活动)")
    '(经相关部门批准后方可开展经营活动)'
    >>> as_usual("(凭营业执照依法自主开展经营活动")
    '(凭营业执照依法自主开展经营活动)'
    """
    mark = "；" if len(re.findall("[；：]", scope)) >= len(re.findall("[;:]", scope)) else ";"
    text = ""
    for character in scope.lstrip(":："):
        item = character in ":：" and (ends_on_item(text) or not HEADING.search(text))
        text += mark if item or character in ";；" else character
    for phrase in PHRASES:
        text = _with(text, phrase)
    for wrong, mark in MARKS:
        text = wrong.sub(mark, text)
    opened = OPEN.search(text)
    return text + {"(": ")", "（": "）"}[opened[1]] if opened else text


def _with(text: str, phrase: str) -> str:
    """The text with the phrase wherever it stands with few characters misread."""
    size = len(phrase)
    for start in range(len(text) - size + 1):
        part = text[start : start + size]
        wrong = sum(a != b for a, b in zip(part, phrase, strict=True))
        if 0 < wrong <= MISREAD * size:
            text = text[:start] + phrase + text[start + size :]
    return text
