"""HTML into text that can be read line by line."""

import pytest

from parsers.canvas import Mark
from parsers.html import MAX_HTML, render


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hallo</p><p>ik meld<br>mij <b>aan</b></p>", "Hallo\n\nik meld\nmij aan"),
        ("<div>een</div><div><br></div><div>twee</div>", "een\n\ntwee"),
        ("<div>een<br></div><div>twee</div>", "een\ntwee"),
        (
            "<p class=MsoNormal>een<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>twee</p>",
            "een\n\ntwee",
        ),
        ("<p style='margin:0'>een</p><p style='margin:0'>twee</p>", "een\ntwee"),
        ("<b>Naam:</b>&nbsp;Jan<br><b>Functie:</b> ib'er", "Naam: Jan\nFunctie: ib'er"),
        ("<ul><li>een<li>twee<ul><li>drie</ul></ul>", "- een\n- twee\n  - drie"),
        ("<ol><li>een<li><p>twee</p></ol>", "1. een\n2. twee"),
        ("<ol start=2 type=a><li>een<li>twee</ol>", "b. een\nc. twee"),
        (
            "<table><tr><td>Functie</td><td>ib'er</td></tr><tr><td>Sector</td><td>po</td></tr></table>",
            "Functie | ib'er\nSector | po",
        ),
        ("<table><tr><th>Vraag 1</th><td><p>omdat</p><p>het moet</p></td></tr></table>", "Vraag 1 | omdat\nhet moet"),
        ("<table><tr><td><img src=logo></td><td>Jan<br>06-123</td></tr></table>", "Jan\n06-123"),
        ("<table><tr><td>Jan<br>directeur</td><td>06<br>07</td></tr></table>", "Jan\ndirecteur\n06\n07"),
        ("<table><tr><td><table><tr><td>Functie</td><td>ib'er</td></tr></table></td></tr></table>", "Functie | ib'er"),
        ("<pre>een\n  twee</pre>", "een\n  twee"),
        ("mail <a href='mailto:jan@x.nl?subject=a'>mij</a>", "mail mij <jan@x.nl>"),
        ("<a href='mailto:jan@x.nl'>jan@x.nl</a>", "jan@x.nl"),
        ("<a href='tel:+31612345678'>bel</a>", "bel <+31612345678>"),
        ("<a href='https://x.nl'>de site</a>", "de site"),
        ("een<div style='display: none'>weg</div>twee", "eentwee"),
        ("<style>p {}</style><script>x()</script><title>weg</title>een<!-- weg -->", "een"),
        ("<!--[if gte mso 9]><xml>weg</xml><![endif]-->een<![if !supportLists]> twee<![endif]>", "een twee"),
        ("&eacute;&eacute;n &euro; &#8211; &amp;", "één € – &"),
        ("<td>los</td><td>los</td>", "los\nlos"),
        ("", ""),
        ("<", "<"),
        ("geen html", "geen html"),
    ],
)
def test_html_reads_as_a_person_would_type_it(html, text):
    assert render(html).text == text


def test_a_rule_is_a_line():
    assert render("een<hr>twee").text == "een\n" + "_" * 32 + "\ntwee"


@pytest.mark.parametrize(
    ("html", "mark"),
    [
        ("<p>nieuw</p><blockquote type=cite>oud</blockquote>na", Mark.QUOTE),
        ("<p>nieuw</p><blockquote class=gmail_quote>oud</blockquote>na", Mark.QUOTE),
        ("<p>nieuw</p><blockquote style='margin:0 0 0 40px'>oud</blockquote>na", Mark.INDENT),
        ("<p>nieuw</p><div class='gmail_quote gmail_quote_container'>oud</div>na", Mark.REGION),
        ("<p>nieuw</p><div id=Signature>oud</div>na", Mark.SIGNATURE),
        ("<p>nieuw</p><div class=gmail_signature>oud</div>na", Mark.SIGNATURE),
        ("<p>nieuw</p><span style='color:#C00000'>oud</span>na", Mark.COLOUR),
        ("<p>nieuw</p><font color=blue>oud</font>na", Mark.COLOUR),
    ],
)
def test_what_the_document_says_of_its_words_is_remembered(html, mark):
    rendered = render(html)
    assert [(span.mark, rendered.text[span.start : span.end]) for span in rendered.spans] == [(mark, "oud")]


@pytest.mark.parametrize("colour", ["#000000", "rgb(0, 0, 0)", "#333", "black", "windowtext", "#1F1F1F", "inherit"])
def test_black_and_grey_are_no_colours(colour):
    assert render(f"<span style='color:{colour}'>tekst</span>").spans == ()


def test_rows_count_the_rows_of_a_table_that_have_cells():
    assert render("<table><tr><td>a<td>b<tr><td>c<td>d<tr><td>e</table>").rows == 2


@pytest.mark.parametrize(
    "html", ["<div>" * 5000 + "woord", "<table><tr><td>" * 3000 + "woord", "<blockquote type=cite>" * 3000 + "woord"]
)
def test_words_in_elements_too_deep_are_not_lost_and_it_is_said(html):
    rendered = render(html)
    assert rendered.cut
    assert "woord" in rendered.text


def test_html_too_long_is_cut_and_it_is_said():
    rendered = render("woord " * (MAX_HTML // 5))
    assert rendered.cut
    assert rendered.text.startswith("woord woord")


def test_characters_that_serve_as_marks_mean_nothing_in_a_mail():
    rendered = render("een \ue000twee\ue001")
    assert rendered.text == "een twee"
    assert rendered.spans == ()
