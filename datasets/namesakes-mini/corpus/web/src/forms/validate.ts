export interface Fields {
  name: string;
  postcode: string;
  email: string;
}

/** Lists the fields of the checkout form that are not filled in properly. */
export function validate(fields: Fields): (keyof Fields)[] {
  const wrong: (keyof Fields)[] = [];
  if (fields.name.trim() === "") {
    wrong.push("name");
  }
  // 邮政编码必须是五位数字
  if (!/^\d{5}$/.test(fields.postcode)) {
    wrong.push("postcode");
  }
  if (!fields.email.includes("@")) {
    wrong.push("email");
  }
  return wrong;
}

/** Reads the checkout form's fields from the page. */
export function parse(form: FormData): Fields {
  const text = (name: string): string => String(form.get(name) ?? "");
  return { name: text("name"), postcode: text("postcode"), email: text("email") };
}
