"""Snippets of Ruby, PHP, Lua, Bash, Elixir and Haskell, and what must be read in them."""

from __future__ import annotations

from snippets import Sample

RUBY = Sample(
    "store.rb",
    """
    require "json"
    module Shop::Core
      class Store < Base::Record
        include Comparable
        LIMIT = 3
        attr_reader :name, :size
        alias count size
        def initialize(db)
          @db = Client.new(db)
          refresh
          @db.ping
        end
        def self.open(path) = new(path)
        def ==(other); end
        def name=(text); end
      end
    end
    Point = Struct.new(:x) do
      def length; end
    end
    """,
    """
    module store.Shop.Core
    class store.Shop.Core.Store
    constant store.Shop.Core.Store.LIMIT
    property store.Shop.Core.Store.name
    property store.Shop.Core.Store.size
    method store.Shop.Core.Store.count
    constructor store.Shop.Core.Store.initialize
    method store.Shop.Core.Store.open
    method store.Shop.Core.Store.==
    method store.Shop.Core.Store.name=
    class store.Point
    method store.Point.length
    """,
    "refresh, @db ping, new",
    "json||json",
)


PHP = Sample(
    "Kernel.php",
    r"""
    <?php
    namespace App\Http;
    use Lib\Log as Writer;
    use Lib\{Cache, Db\Pool};
    abstract class Kernel extends Base implements Runs, \Ns\Stops {
        use Loggable;
        const LIMIT = 1;
        private ?Pool $pool = null;
        public function __construct(private Cache $cache) {}
        protected static function boot(Pool $p): ?Kernel { $p->open(); $this->cache->get(1); self::boot(); return helper(); }
    }
    enum Suit: string { case Hearts = 'H'; }
    """,
    """
    class App.Http.Kernel
    constant App.Http.Kernel.LIMIT
    property App.Http.Kernel.pool
    constructor App.Http.Kernel.__construct
    field App.Http.Kernel.cache
    method App.Http.Kernel.boot
    enum App.Http.Suit
    enum_member App.Http.Suit.Hearts
    """,
    "$p open, $this.cache get, self boot, helper",
    r"Lib|Log|Writer, Lib|Cache|Cache, Lib\Db|Pool|Pool",
)


LUA = Sample(
    "plug.lua",
    """
    local util = require("plug.util")
    local M = { sub = {} }
    local function trim(s) return util.clean(s) end
    function M.sub:name(b) self:trim(1) end
    M.load = function(path) trim(path) end
    local opts = { on_done = function() end }
    return M
    """,
    """
    constant plug.M
    function plug.trim
    method plug.M.sub.name
    method plug.M.load
    variable plug.opts
    function plug.opts.on_done
    """,
    "util clean, self trim, trim",
    "plug.util||util",
)


BASH = Sample(
    "run.sh",
    """
    source ./lib.sh
    LIMIT=3
    start() { local x=1; check "$x" | count; }
    function stop { kill_all; }
    trap stop EXIT
    """,
    """
    constant run.LIMIT
    function run.start
    function run.stop
    """,
    "check, count, kill_all, stop",
    "./lib||./lib.sh",
)


ELIXIR = Sample(
    "repo.ex",
    """
    defmodule Shop.Repo do
      @moduledoc "Stores."
      use GenServer
      alias Shop.{Item, Cart}
      alias Shop.Query, as: Q
      import Ecto.Query, only: [from: 2]
      @limit 5
      @type t :: term
      @doc "Finds one."
      @spec get(integer) :: t
      def get(id) when is_integer(id), do: Q.one(id)
      def get(:all), do: []
      defp hidden(x) do
        x |> Item.load() |> finish
      end
      defmacro trace(x), do: x
    end
    defimpl Shop.Shown, for: Shop.Item do
      def show(x), do: x
    end
    """,
    """
    module Shop.Repo
    constant Shop.Repo.limit
    type Shop.Repo.t
    function Shop.Repo.get
    function Shop.Repo.hidden
    macro Shop.Repo.trace
    method Shop.Item.show
    """,
    "Q one, Item load, finish",
    "GenServer|*|*, Shop|Item|Item, Shop|Cart|Cart, Shop.Query||Q, Ecto.Query|from|from",
)


HASKELL = Sample(
    "Zipper.hs",
    """
    module Data.Zipper (focus) where
    import Data.Map (Map, insert)
    import qualified Data.Map.Strict as M
    import Data.List hiding (lookup)
    data Zip a = Zip { left :: [a], here :: a } | Empty
    class Shown a where
      shown :: a -> String
    instance Shown (Zip a) where
      shown Empty = ""
      shown z = render z
    -- | The element in focus.
    focus :: Zip a -> a
    focus Empty = fail 1
    focus z = M.find (here z) . cut $ z
    (<+>) a b = a
    """,
    """
    type Data.Zipper.Zip
    enum_member Data.Zipper.Zip.Zip
    field Data.Zipper.Zip.Zip.left
    field Data.Zipper.Zip.Zip.here
    enum_member Data.Zipper.Zip.Empty
    class Data.Zipper.Shown
    method Data.Zipper.Shown.shown
    method Data.Zipper.Zip.shown
    function Data.Zipper.focus
    function Data.Zipper.<+>
    """,
    "render, fail, M find, here, cut",
    "Data.Map|Map|Map, Data.Map|insert|insert, Data.Map.Strict||M, Data.List|*|*",
)
