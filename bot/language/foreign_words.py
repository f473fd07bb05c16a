"""Common words of other languages, and Latin letters that Japanese people write: enough to tell which language it is.

What is dangerous in these languages is content (`data/lexicon/language_*.yml`); here are everyday words.
"""

from collections.abc import Mapping


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words of a language, without accents where they are written without them too.
WORDS: Mapping[str, frozenset[str]] = {
    code: _words(words)
    for code, words in {
        "en": """sos a about after ago allergic ambulance am an and any ankle appointment are arm ask at baby back bad be been belly
            bleed bleeding blood bone breath breathe breathing broken burn but call can can't cannot cant child clinic cold
            come cough coughing daughter day days dentist diarrhea did dizzy do doctor doctors does don't dont drink ear
            earthquake eat emergency english eye eyes father feel feeling fell fever find foot for from get go good got had hand
            has have having he head headache hello help her hi his hospital hot hour hours house how hurt hurting hurts
            husband i'm i've ill im in injured insurance is it itchy japanese just kid know leg lot lost medicine mom month
            months morning mother mouth much my near nearest need night nose not now nurse of old one open or our pain
            painful period person pharmacy please pregnant rash right runny shot she sick since skin sleep some somebody
            someone something son sore sorry speak stomach stomachache swollen take talk thank thanks that the there these
            they this throat throwing to today tomorrow tooth toothache translate understand urgent vaccine very vomit
            vomited vomiting want was we week weeks what when where which who why wife with work year years yesterday you
            your""",
        "vi": """anh bac bao benh bi bụng bung cam chao con cua cứu cap chị chi cho dau đau duoc em gì gi giup giúp hỏi hoi
            không khong la là lam làm ngày ngay ngực nguoi người nhà nha noi ở ơn on oi ơi ốm sot sốt tai thuoc thuốc
            thở toi tôi va và vien viện xe xin""",
        "tl": """ako ang anak ano at ay ba bata dito doktor dugo gamot gusto hindi humihinga ito ka kailangan kami kay ko kong
            lagnat lang masakit may mga mo na nahihilo nasaan nasusuka ng ngayon ni nilalagnat niya ospital paano para
            po puso sa saan sakit salamat saklolo si siya sobra tiyan tulong ubo ulo wala yung""",
        "ne": """malai mero lai cha chha chaina hunuhuncha dukhyo dukheko dukhcha jwaro jworo tauko pet khoki bachha bacha doctor
            aspatal dhanyabad namaste ausadhi kaha garnu garnus huncha ma timi tapai hajur bhayo aayo lagyo gahro birami""",
        "id": """ada adik aku anak apa apotek badan bagaimana batuk bayi bisa dada dan dari demam di dimana dokter gak gigi hari
            ibu ini istri kaki kami kasih kepala ke lagi muntah mau mana minta mual nyeri obat panas perut pusing rumah
            sakit saya sangat sekali selamat sesak suami sudah tangan terima tidak tolong untuk yang""",
        "pt": """agora ajuda alguém alguem ambulância ambulancia as barriga bebê bebe bem boa bom cabeça com como criança da de dia do
            doendo doi dói dor dores ele ela em emergência esposa está esta estou eu febre filha filho garganta grávida hospital
            marido médico medico meu minha muita muito na não nao nas no nos o obrigada obrigado olá onde para peito
            por posso precisa preciso quero remédio remedio sangue sinto socorro tem tenho tosse tonto um uma você voce vomitando""",
        "es": """al ayuda bebé bien boca cabeza como con cuello de del desde dolor dolores donde dónde duele duelen el ella
            embarazada emergencia en es esposa esposo está estoy estómago estomago fiebre garganta gracias hay hija hijo
            hola la las le lo los mareado mareada me médico medico mi mucha mucho muy náuseas necesito niña niño
            no para pecho puedo perdón pero por qué que quiero sangre se siento socorro tengo tiene tos un una y yo""",
        "romaji": """arigatou arigato atama ashi byoin byouin chi dake darenka dareka daijobu daijoubu deru desu doko doushita doushiyou
            ga gozaimasu haha hakike hana hara hayaku hidoi iki itai itakute itaku kaze kega kimochi kodomo konnichiwa kosi koshi
            koko kudasai kurushii kusuri kyukyusha kyuukyuusha kyuukyu kyukyu mae mashita masen masu mimi mune musuko musume
            naka nai naide netsu no nodo o onaka onegai onegaishimasu samui seki senaka shimasu shinu shinitai shite
            soudan sugoku sumimasen taoreta taoremashita tasuke tasukete tsurai wa wakaranai wakarimasen warui wo
            watashi yobu yonde yoru""",
    }.items()
}
# Letters that only one of these languages has.
LETTERS: Mapping[str, frozenset[str]] = {
    "vi": frozenset("ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ"),
    "es": frozenset("ñ¿¡"),
    "pt": frozenset("ãõç"),
}
# Japanese people write these by themselves, as an answer or a name; short words in capitals (PCR, RSV) and what has
# a digit (SpO2, HbA1c) are taken for such names too.
AT_HOME = _words(
    """aed aga ai alcohol amazon amh android app bcg bp bmi cancel cm covid crp ct dl ecg ed email eve exit fax gmail google hdl helpo hiv home hpv id influenza ios ipad
    iphone iwaki kcal kg ldl line loxonin mail menu mg ml mm mmhg mmol mri myna mynaportal navii no none ok okay paypay pc pcr pms psa
    ph quit reset rs rsv sns spo stop std suica tel tv twitter url virus wifi www x yes youtube zoom
    allegra bufferin claritin contac lulu pabron salonpas tylenol"""
)
# Chinese without kana is told from Japanese in kanji by what Japanese does not write: pronouns, particles, verbs.
CHINESE = (
    r"[你您她他]|[吧啊吗嗎呢]|[们們怎么麼哪很啥找爸妈媽爷爺奶]|(?<![怪自無没])我(?![慢流執孫国社田妻孝])|[^終完修満魅投読校議]了$"
    r"|什|(?<!這)這(?!這)|没有|沒|不(?:会|會|到|想|舒服|好|知道|行了|动|動了)|想要|请|請問|谢|謝謝|肚子|胸口|嘴唇|头|頭(?:很|好|暈)"
    r"|很痛|好痛|发烧|發燒|[头頭]晕|流鼻血|拉肚|咳嗽|喉嚨|嗓|牙[痛疼]|[医醫]院在|怀孕|懷孕|小孩|孩子|宝宝|寶寶|老[公婆]|(?:叫|打)[救急]|救护|救護"
    r"車在|救命(?![講士救処胴索艇医率隊活の病])|救[我他她]|中文|[汉漢]语|普通话|帮|幫"
)
