"""Small pieces of WordprocessingML that python-docx has no words for (ISO/IEC 29500-1 section 17).

Word refuses a file whose properties stand in another order than the schema's, so `put` keeps that order.
"""

from __future__ import annotations

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

_ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
    "suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd "
    "snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
    "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr pPrChange",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid "
    "vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em "
    "lang eastAsianLayout",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing "
    "tblInd tblBorders shd tblLayout tblCellMar tblLook",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign",
    "trPr": "cantSplit trHeight tblHeader jc",
}
_PLACES = {
    qn(f"w:{parent}"): {qn(f"w:{name}"): place for place, name in enumerate(names.split())}
    for parent, names in _ORDER.items()
}


def element(name: str, *children: BaseOxmlElement, **attributes: object) -> BaseOxmlElement:
    """An element of the main namespace, with attributes of the same."""
    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), str(value))
    for child in children:
        made.append(child)
    return made


def put(parent: BaseOxmlElement, name: str, *children: BaseOxmlElement, **attributes: object) -> BaseOxmlElement:
    """Set property `name` of `parent` (a pPr, rPr, tblPr, tcPr or trPr) in its place; an older one is replaced."""
    places = _PLACES[parent.tag]
    made = element(name, *children, **attributes)
    for old in parent.findall(made.tag):
        parent.remove(old)
    after = [child for child in parent if places[child.tag] > places[made.tag]]
    if after:
        after[0].addprevious(made)
    else:
        parent.append(made)
    return made
