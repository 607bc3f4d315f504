"""The shape of a random rubric: its tree, points and scales, and what may not count in it."""

from __future__ import annotations

from fractions import Fraction

from strategies_terms import Draft, Draws, constant

NODE_NAMES = ("item", "plan", "领导", "core", "机制", "work_", "群众反映")
POINTS = ("2", "3", "1", "5", "10", "0.5", "1.5", "2.5", "1/3", "0.1", "0.25")
SCALES = ("10", "100", "50", "5")
TYPES = ("urban", "rural", "混合")


class Growing(Draws):
    """Draws the tree."""

    max_depth = 5
    size = 0
    #: Whether the root must have grades: something can leave the whole unrated.
    must_grade = False

    def grow(self, name: str, parent: Draft | None, depth: int) -> Draft:
        """Draw an inner node and all below it."""
        node = self.begun(name, parent, depth)
        node.combine = self.combination(node)
        least = {"trimmed": 3, "geometric": 2, "median": 2}.get(node.combine, 1)
        for _ in range(max(1 + self.pick(3), least)):
            deep = depth + 1 < self.max_depth and self.size < 10
            if node.combine != "geometric" and deep and self.chance(2):
                child = self.grow(self.new_id(NODE_NAMES), node, depth + 1)
                node.indicators.append(child)
            else:
                child = self.begun(self.new_id(NODE_NAMES), node, depth + 1)
                node.items.append(child)
            if node.combine != "geometric" and self.has("types", 2):
                self.restrict(node, child)
        if self.has("beside", 3) and not node.table_rows:
            self.set_beside(node, depth + 1)
        return node

    def set_beside(self, node: Draft, depth: int) -> None:
        """Give a node a child that is counted beside the points."""
        name = self.new_id(NODE_NAMES)
        if depth < self.max_depth and self.size < 10 and node.combine == "sum" and self.chance(3):
            inner = self.grow(name, node, depth)
            inner.beside = inner.combine == "sum" and not inner.table_rows
            node.indicators.append(inner)
            return
        child = Draft(name, node, depth, rows=node.rows)
        child.beside = True
        node.items.append(child)

    def begun(self, name: str, parent: Draft | None, depth: int) -> Draft:
        """Begin a node; it may be scored for each row of a table."""
        node = Draft(name, parent, depth)
        self.size += 1
        if parent is not None:
            starts = parent.rows is None and parent.combine not in ("geometric", "none")
            node.rows = node if starts and self.has("each", 2) else parent.rows
        return node

    def combination(self, node: Draft) -> str:
        """Draw how an inner node combines its children; those within a row are summed."""
        if node.table_rows:
            return "sum"
        if self.has("combine", 2):
            return self.one(("median", "trimmed", "geometric", "none", "mean"))
        if self.chance(4) or self.has("weights", 2):
            return self.one(("mean", "lowest", "highest"))
        return "sum"

    def restrict(self, node: Draft, child: Draft) -> None:
        """Make a child for some types of assessees; under a sum another is for the others."""
        typed = any(each.types for each in [*child.chain, *child.walk()])
        if typed or node.rows is not None:
            return
        child.types = (TYPES[self.pick(3)],)
        if node.combine == "sum":
            other = self.begun(self.new_id(NODE_NAMES), node, node.depth + 1)
            other.types = tuple(each for each in TYPES if each not in child.types)
            other.twin = child
            node.items.append(other)

    # Points and scales

    def measure(self, node: Draft, counted: bool) -> None:
        """Give a node its scale and points, its children first; `counted`: not open."""
        averaged = node.parent is not None and node.parent.combine != "sum"
        if node.beside:
            node.body["points"] = "beside"
            self.summed(node, counted=False)
        elif node.table_rows:
            self.measure_rows(node, counted, averaged)
        elif not node.children:
            self.measure_item(node, counted, averaged)
        elif node.combine == "sum":
            self.measure_sum(node, counted, averaged)
        else:
            self.measure_other(node, counted, averaged)
        if averaged and not node.beside and node.parent and node.parent.combine == "mean":
            self.weigh(node)

    def weigh(self, node: Draft) -> None:
        """Give a child of a mean its weight, a number; expressions come later."""
        if self.has("weights", 2):
            node.body["weight"] = "?"
        elif self.chance(2):
            node.weight = constant(self.one(("2", "3", "1", "0.5")))
            node.body["weight"] = self.number(node.weight.low)

    def summed(self, node: Draft, counted: bool) -> Fraction | None:
        """Measure the children of a sum and add up their points."""
        for place, child in enumerate(node.children):
            paired = bool(child.types)
            self.measure(child, (counted and place == 0) or paired)
        worths = [
            child.points or child.scale
            for child in node.counted
            if child.scale is not None and child.twin is None
        ]
        return sum((each for each in worths if each), Fraction(0)) or None

    def measure_sum(self, node: Draft, counted: bool, averaged: bool) -> None:
        """Give a sum its scale and points."""
        body = node.body
        node.scale = self.summed(node, counted)
        stated = ("", "points", "scaled")[self.pick(3)]
        if node.twin is not None and not stated:
            stated = "points"
        if node.scale is None:
            if node.parent is not None and self.chance(2):
                body["points"] = "none"
        elif node.parent is None:
            if stated:
                body["total"] = self.number(node.scale)
        elif averaged:
            body["out_of"] = self.number(node.scale)
        elif not counted and self.chance(12):
            body["points"] = "none"
            node.scale = None
        elif stated:
            node.points = node.scale
            if stated == "scaled":
                node.points *= Fraction(self.one(("1/2", "2", "1/5", "3/10")))
                body["out_of"] = self.number(node.scale)
            body["points"] = self.number(node.points)

    def measure_other(self, node: Draft, counted: bool, averaged: bool) -> None:
        """Give a node that does not add up its children its scale and points."""
        body = node.body
        for child in node.children:
            self.measure(child, counted=True)
        if node.combine == "trimmed":
            body["drop"] = self.one((1, "1")) if len(node.counted) < 5 else 2
        if node.combine == "none" and not counted and not averaged and self.chance(2):
            return
        common = {child.scale for child in node.counted}
        alike = len(common) == 1 and node.combine != "none" and self.chance(2)
        node.scale = next(iter(common)) if alike else None
        if node.scale is None:
            node.scale = Fraction(self.one(SCALES))
            if node.combine == "geometric":
                node.scale = Fraction(10)
            if node.parent is None:
                body["total"] = self.number(node.scale)
            elif not averaged:
                node.points = Fraction(self.one(POINTS)) if self.chance(2) else node.scale
                body["points"] = self.number(node.points)
                if node.points != node.scale:
                    body["out_of"] = self.number(node.scale)
        if averaged:
            body["out_of"] = self.number(node.scale)
        if node.combine == "geometric":
            body["step"] = self.one(("0.1", "0.01", "0.25"))

    def measure_item(self, item: Draft, counted: bool, averaged: bool) -> None:
        """Give an item its scale and points."""
        body = item.body
        if averaged:
            item.scale = Fraction(self.one(SCALES))
            if item.parent and item.parent.combine == "geometric":
                item.scale = Fraction(self.one(("10", "5")))
            body["out_of"] = self.number(item.scale)
            return
        if not counted and self.chance(5):
            if self.chance(2):
                body["points"] = "none"
            return
        item.scale = item.points = self.worth(item)
        body["points"] = self.number(item.points)
        if self.chance(5):
            item.scale = Fraction(self.one(("10", "100", "50")))
            body["out_of"] = self.number(item.scale)

    def worth(self, node: Draft) -> Fraction:
        """Draw what a node adds; as much as another that stands for it with other types."""
        if node.twin is not None:
            return node.twin.points or node.twin.scale or Fraction(1)
        return Fraction(self.one(POINTS))

    def measure_rows(self, node: Draft, counted: bool, averaged: bool) -> None:
        """Give a node that is scored for each row its scale, points, and the scale of a row."""
        body = node.body
        ways = ["mean", "sum", "median", "trimmed", "lowest", "highest"]
        node.folds = body["combine"] = self.one(
            [way for way in ways if way != "sum" or not averaged]
        )
        if node.folds == "trimmed":
            body["drop"] = 1
        if self.chance(3):
            body["where"] = "?"
        if node.folds == "mean" and self.chance(3):
            body["weigh"] = "?"
        row = self.summed(node, counted=True) if node.children else Fraction(self.one(SCALES))
        node.row_scale = row
        unsaid = node.children and node.folds != "sum" and node.twin is None
        if averaged:
            node.scale = row
            body["out_of"] = self.number(row or Fraction(1))
        elif node.folds == "sum" and not counted and not node.children and self.chance(2):
            node.row_scale = None
            body["points"] = "none"
        elif unsaid and self.chance(3):
            node.scale = row
        else:
            node.points = self.worth(node)
            body["points"] = self.number(node.points)
            node.scale = node.points if node.folds == "sum" else row
            if row != node.points:
                body["out_of"] = self.number(row or Fraction(1))

    # What may not count

    def modes(self, root: Draft) -> None:
        """Draw which nodes can be not applicable by a choice of their own, and absent."""
        for node in root.walk():
            if node.children and node.rows is None and node.combine != "none":
                if self.has("absent", 2):
                    self.take_absent(node)
        for node in root.walk():
            if node.parent is not None and self.has("skip", 3):
                options = self.counting(node)
                node.mode = options[self.pick(len(options))]
                node.body["not_applicable"] = node.mode
        self.state_above(root)

    def take_absent(self, node: Draft) -> None:
        """Write what becomes of absent children."""
        ways = ["zero", "unrated", "skip"]
        if node.combine == "geometric" or node.scale is None:
            ways.remove("skip")
        node.body["missing"] = self.one(ways)
        self.must_grade |= node.body["missing"] == "unrated"

    def counting(self, node: Draft) -> list[str]:
        """List what a node can count where it is not applicable."""
        parent = node.parent or node
        options = ["zero", "expression", "refuse"]
        if node.scale is not None:
            options.append("full")
        if self.may_leave(node) and node.rows in (None, node):
            total = any(each.mode == "rescale_total" for each in parent.children)
            if not total:
                options += ["rescale", "rescale"]
            if self.totals(node):
                options += ["rescale_total"] * 5
        return options

    def may_leave(self, node: Draft) -> bool:
        """Say whether a node's parent can do without it."""
        parent = node.parent
        if parent is None or parent.combine in ("geometric", "none") or node.beside:
            return False
        return parent.combine != "sum" or parent.own_scale is not None

    def totals(self, node: Draft) -> bool:
        """Say whether points can be taken out of the total."""
        parent = node.parent or node
        sums = all(
            each.combine == "sum" and each.scale is not None and each.rows is None
            for each in node.chain[1:]
        )
        alone = all(
            each.body.get("missing") != "skip" for each in node.chain[1:]
        )  # they would meet at the root
        clear = not any(each.mode == "rescale" for each in parent.children)
        lacking = any(each.body.get("missing") == "skip" for each in node.walk())  # they inherit it
        whole = node.scale is not None and node.rows in (None, node)
        return sums and alone and clear and whole and not lacking

    def state_above(self, root: Draft) -> None:
        """Let the root say what the nodes below say where they say nothing themselves."""
        unsaid = ("", "expression", "rescale_total")
        common = [node.mode for node in root.walk() if node.mode not in unsaid]
        if common and self.chance(2):
            root.body["not_applicable"] = common[0]
            for node in root.walk():
                between = [each for each in node.chain[1:] if each is not root]
                said = any("not_applicable" in each.body for each in between)
                if node is not root and node.mode == common[0] and not said:
                    del node.body["not_applicable"]

    # Too few

    def suffice(self, node: Draft) -> None:
        """Write how many must count in a node, and what it holds where fewer do."""
        for child in node.children:
            self.suffice(child)
        if (not node.children and not node.table_rows) or node.combine == "none":
            return
        lacking, stated = self.lacks(node)
        if not lacking:
            return
        ways = ["zero", "2.5", "refuse", "unrated"]
        if node.scale is not None:
            ways.insert(1, "full")
        left = node.parent is not None and self.may_leave(node) and not self.beside_total(node)
        if left:
            ways += ["skip", "skip"]
        if left and not stated and self.chance(2):
            node.few = True
            return
        written = node.body["empty"] = self.one(ways)
        node.few = written == "skip"
        self.must_grade |= written == "unrated"

    @staticmethod
    def beside_total(node: Draft) -> bool:
        """Say whether points beside a node may be taken out of the total."""
        parent = node.parent or node
        below = [each for child in parent.children for each in child.walk()]
        above = node.chain  # what is left out inherits it
        return any(each.mode == "rescale_total" for each in (*below, *above))

    def lacks(self, node: Draft) -> tuple[bool, bool]:
        """Say whether too few can count, and whether it must be written what then holds."""
        body, least = node.body, 1
        if body.get("drop"):
            least = 2 * int(body["drop"]) + 1
        if node.table_rows and node.table is not None:
            if self.has("few", 2):
                body["need"] = 1 + self.pick(max(node.table.size[1], 1))
            freed = any(
                each.gone for each in node.table.owner.chain
            )  # then it may lack rows, to the loader
            sure = 0 if {"where", "weigh"} & set(body) or freed else node.table.size[0]
            free = node.folds == "sum" and "need" not in body
            return not free and sure < max(least, body.get("need", 1)), True
        closed = [child for child in node.counted if child.scale is not None]
        could = (closed or node.counted) if node.combine == "sum" else node.counted
        if self.has("few", 2) and could:
            body["need"] = 1 + self.pick(len(could))
        sure = sum(not child.left_out for child in could)
        weightless = node.combine == "mean" and all(
            "?" in str(child.body.get("weight")) or child.left_out for child in could
        )
        skips = body.get("missing") == "skip" and any(child.absent for child in could)
        paired = skips and any(child.types for child in could)  # the loader adds up all types
        stated = "need" in body or skips or weightless
        return sure < max(least, body.get("need", 1)) or weightless or paired, stated
