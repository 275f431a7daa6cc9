"""Snippets of Java, Kotlin and Scala, and what must be read in them."""

from __future__ import annotations

from snippets import Snippet

JAVA = Snippet(
    "src/main/java/org/acme/Order.java",
    """
    package org.acme;
    import java.util.List;
    import static org.acme.Checks.*;
    import static org.acme.Names.full;
    @Entity(name = "o")
    public class Order<T> extends Base<T> implements Item, java.io.Closeable {
        private final Store store = new Store();
        static final int MAX = 1;
        public Order(Store s) { super(s); this.store.open(); }
        @Override public List<Line> lines(Query q) {
            q.run();
            var made = new Maker();
            made.make();
            for (Line line : all()) line.check();
            items.forEach(Line::print);
            return helper().of(1).list();
        }
        enum State { OPEN, CLOSED; boolean done() { return this == CLOSED; } }
        interface Visitor { void visit(Order o); }
        record Point(int x, int y) { Point { validate(x); } }
    }
    """,
    """
    class org.acme.Order
    field org.acme.Order.store
    field org.acme.Order.MAX
    constructor org.acme.Order.Order
    method org.acme.Order.lines
    enum org.acme.Order.State
    enum_member org.acme.Order.State.OPEN
    enum_member org.acme.Order.State.CLOSED
    method org.acme.Order.State.done
    interface org.acme.Order.Visitor
    method org.acme.Order.Visitor.visit
    record org.acme.Order.Point
    field org.acme.Order.Point.x
    field org.acme.Order.Point.y
    constructor org.acme.Order.Point.Point
    """,
    """
    decorate Entity
    inherit Base
    inherit Item
    inherit java.io.Closeable
    construct Store
    call super
    call this.store.open : Store
    decorate Override
    call q.run : Query
    construct Maker
    call made.make : Maker
    call all
    call line.check : Line
    call items.forEach
    call Line.print
    call helper
    call helper().of
    call helper().of().list
    call validate
    """,
    """
    java.util List List
    org.acme.Checks * *
    org.acme.Names full full
    """,
)
KOTLIN = Snippet(
    "src/Shop.kt",
    """
    package org.acme.shop
    import a.b.C
    import a.b.D as E
    import x.y.*

    @Serializable
    class Shop<T>(private val store: Store, name: String) : Base<T>(name), Open by x {
        val total: Int get() = store.sum()
        companion object {
            const val MAX = 1
            fun create(): Shop = Shop(Store())
        }
        override fun open(door: Door?): Boolean {
            door?.unlock(1) { it.go() }
            val key = Key()
            key.turn()
            return a until b
        }
        enum class State { ON, OFF }
    }

    interface Open {
        fun open(door: Door?): Boolean
    }

    object Single : Open
    data class Point(val x: Int)
    fun String.shout(n: Int): String = this.uppercase()
    typealias Doors = List<Door>
    val top = load()
    """,
    """
    class org.acme.shop.Shop
    property org.acme.shop.Shop.store
    property org.acme.shop.Shop.total
    property org.acme.shop.Shop.MAX
    method org.acme.shop.Shop.create
    method org.acme.shop.Shop.open
    enum org.acme.shop.Shop.State
    enum_member org.acme.shop.Shop.State.ON
    enum_member org.acme.shop.Shop.State.OFF
    interface org.acme.shop.Open
    method org.acme.shop.Open.open
    object org.acme.shop.Single
    class org.acme.shop.Point
    property org.acme.shop.Point.x
    function org.acme.shop.shout
    type org.acme.shop.Doors
    variable org.acme.shop.top
    """,
    """
    decorate Serializable
    inherit Base
    inherit Open
    call store.sum : Store
    call Shop
    call Store
    call door.unlock : Door
    call it.go
    call Key
    call key.turn : Key()
    call a.until
    inherit Open
    call this.uppercase
    call load
    """,
    """
    a.b C C
    a.b D E
    x.y * *
    """,
)
SCALA = Snippet(
    "src/Shop.scala",
    """
    package org.acme
    package shop
    import a.b.C
    import a.b.{D, E => F, _}
    import x.y._
    @entity class Shop[T](val store: Store, name: Int) extends Base[T](name) with Open {
      private val cache: Cache = new Cache()
      lazy val size = store.count()
      def this(a: Int) = this(a, 1)
      private[shop] def open(door: Door): Key = {
        door.unlock(1)
        val k = Key(2)
        k.turn()
        xs map twice
      }
    }
    object Shop { def apply(): Shop = new Shop(1) }
    trait Open { def open(d: Door): Key }
    case class Point(x: Int)
    enum Color { case Red, Green }
    given ordering: Ordering[Point] with { def compare(a: Point) = 1 }
    extension (s: String) def shout(n: Int) = s.upper(n)
    """,
    """
    class org.acme.shop.Shop
    field org.acme.shop.Shop.store
    field org.acme.shop.Shop.cache
    field org.acme.shop.Shop.size
    constructor org.acme.shop.Shop.this
    method org.acme.shop.Shop.open
    object org.acme.shop.Shop
    method org.acme.shop.Shop.apply
    trait org.acme.shop.Open
    method org.acme.shop.Open.open
    class org.acme.shop.Point
    field org.acme.shop.Point.x
    enum org.acme.shop.Color
    enum_member org.acme.shop.Color.Red
    enum_member org.acme.shop.Color.Green
    object org.acme.shop.ordering
    method org.acme.shop.ordering.compare
    function org.acme.shop.shout
    """,
    """
    decorate entity
    inherit Base
    inherit Open
    construct Cache
    call store.count : Store
    call this
    call door.unlock : Door
    call Key
    call k.turn : Key()
    call xs.map
    construct Shop
    inherit Ordering
    call s.upper : String
    """,
    """
    a.b C C
    a.b D D
    a.b E F
    a.b * *
    x.y * *
    """,
)
