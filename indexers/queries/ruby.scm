; Ruby: much that defines or imports is a method call (attr_accessor, require, include), told apart by its name.

(comment) @comment

(module
  name: [(constant) @name (scope_resolution scope: (_)? @parent name: (constant) @name)]
  body: (_)? @body) @definition.module
(class
  name: [(constant) @name (scope_resolution scope: (_)? @parent name: (constant) @name)]
  superclass: (superclass [(constant) (scope_resolution)] @bases)?
  body: (_)? @body) @definition.class
((assignment
   left: (constant) @name
   right: (call
     receiver: (constant) @receiver
     method: (identifier) @maker
     block: (_) @body)) @definition.class
  (#any-of? @receiver "Struct" "Class" "Data" "Module")
  (#any-of? @maker "new" "define"))
(method name: [(identifier) (constant) (operator) (setter)] @name body: (_)? @body) @definition.method
(singleton_method name: [(identifier) (constant) (operator) (setter)] @name body: (_)? @body) @definition.method
(assignment left: (constant) @name) @definition.constant
(alias name: [(identifier) (setter) (operator)] @name) @definition.method
((call !receiver method: (identifier) @maker arguments: (argument_list [(simple_symbol) @name (string (string_content) @name)])) @definition.property
  (#any-of? @maker "attr_accessor" "attr_reader" "attr_writer" "attr" "cattr_accessor" "mattr_accessor" "class_attribute"
    "mattr_reader" "mattr_writer" "cattr_reader" "thread_mattr_accessor" "attribute"))
((call !receiver method: (identifier) @maker arguments: (argument_list . [(simple_symbol) @name (string (string_content) @name)])) @definition.method
  (#any-of? @maker "define_method" "alias_method" "define_singleton_method" "scope"))

((call !receiver method: (identifier) @maker arguments: (argument_list . (string (string_content) @import.module))) @import
  (#any-of? @maker "require" "require_relative" "load"))
((call !receiver method: (identifier) @maker arguments: (argument_list . (simple_symbol) @import.name . (string (string_content) @import.module))) @import
  (#eq? @maker "autoload"))
((call !receiver method: (identifier) @maker arguments: (argument_list [
   (constant) @reference.inherit
   (scope_resolution scope: (_)? @receiver name: (constant) @reference.inherit)
 ]))
  (#any-of? @maker "include" "extend" "prepend"))

; `Foo.new` constructs a Foo; every other call keeps its method name.
((call receiver: [(constant) @reference.construct (scope_resolution scope: (_)? @receiver name: (constant) @reference.construct)]
   method: (identifier) @maker)
  (#eq? @maker "new"))
((call receiver: (_) @receiver method: [(identifier) (constant)] @reference.call)
  (#not-eq? @reference.call "new"))
((call receiver: [(self) (identifier) (instance_variable) (call)] @receiver method: (identifier) @reference.call)
  (#eq? @reference.call "new"))
((call !receiver method: [(identifier) (constant)] @reference.call)
  (#not-match? @reference.call "^(require|require_relative|load|autoload|include|extend|prepend|attr_(accessor|reader|writer)|private|public|protected|module_function)$"))
; A bare word that is a whole statement can only be a call, or a local variable's value at the end of a method.
((body_statement (identifier) @reference.call)
  (#not-match? @reference.call "^(private|public|protected|module_function)$"))
(then (identifier) @reference.call)
(block_body (identifier) @reference.call)
(method body: (identifier) @reference.call)

(assignment left: [(identifier) (instance_variable)] @binding.name
  right: (call receiver: [(constant) (scope_resolution)] @binding.call method: (identifier) @maker (#eq? @maker "new")))
